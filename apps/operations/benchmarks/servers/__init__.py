"""The servers under test: the product, the bare view that is its limit, and a stock viewset."""
