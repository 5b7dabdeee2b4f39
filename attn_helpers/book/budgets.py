"""What a page may cost a reader: tested on the built pages, measured by ``make bench``.

Bytes count each file by itself; compressed means gzip, as every host sends text.
"""

SCRIPTS = 60_000  # the book's own scripts that a page names, as written
SCRIPTS_COMPRESSED = 28_000
# The editors of a page's exercises, their style sheet and what they know of Python: one
# script that none of the scripts above waits for, loaded after the page.
EXERCISES = 45_000
EXERCISES_COMPRESSED = 18_000
# What a page does for its reader beside the figures: loaded once these are live.
READER = 20_000
READER_COMPRESSED = 9_000
TOOLS = 12_000  # of a figure, when a reader first asks for them
TOOLS_COMPRESSED = 5_000
PYTHON = 17_500_000  # what is fetched when a reader first asks for a verdict
STYLES = 20_000  # the style sheets of the widgets on a page, as written
STYLES_COMPRESSED = 6_000
FONTS = 120_000  # the faces of the book, all together, as they are
PAGE_COMPRESSED = 900_000  # a first visit, with everything the theme brings
LIVE_AFTER_LOAD_MS = 500
DRAG_TO_FRAME_MS = 33
FIRST_VERDICT_MS = 6_000  # of an exercise, when the machine is quiet
LATER_VERDICT_MS = 500
