"""Reads that are asked for all the time, answered before DRF's machinery for each request begins.

The viewsets stay the interface: they document, permit, and answer everything. What a key reads again and again (lists,
single issues, the dashboard) is answered here with the same bytes, from the cache or from flat rows. Whatever is not
plainly right (a parameter unknown or malformed, a method, a missing row, an invalid key) goes on to the viewset, which
explains it.
"""
