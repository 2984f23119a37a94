"""Where the portal's maps get their background from; without it they are drawn on plain paper, with no internet."""

from urllib.parse import urlsplit

from config.settings import environment as env

# {z}, {x} and {y} stand for the tile: https://tiles.example/{z}/{x}/{y}.png
MAP_TILES_URL = env.url("MAP_TILES_URL", schemes=("http", "https"))
MAP_TILES_ATTRIBUTION = env.text("MAP_TILES_ATTRIBUTION")
_parts = urlsplit(MAP_TILES_URL)
# What the content security policy of the portal's pages allows for images; {s} is one of a server's names.
MAP_TILES_ORIGIN = f"{_parts.scheme}://{_parts.netloc.replace('{s}', '*')}" if MAP_TILES_URL else ""
