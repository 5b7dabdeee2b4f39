"""What a page may cost a reader: tested on the built pages, measured by ``make bench``.

Bytes count each file by itself; compressed means gzip, as every host sends text.
"""

SCRIPTS = 60_000  # the book's own scripts on a page, as written
SCRIPTS_COMPRESSED = 28_000
STYLES = 20_000  # the style sheets of the widgets on a page, as written
STYLES_COMPRESSED = 6_000
FONTS = 120_000  # the faces of the book, all together, as they are
PAGE_COMPRESSED = 900_000  # a first visit, with everything the theme brings
LIVE_AFTER_LOAD_MS = 500
DRAG_TO_FRAME_MS = 33
