"""The processes of `make run` as one: started together, watched, restarted, and stopped in order."""
