"""The REST face: /api/v1, a folder a resource, and its documentation pages."""
