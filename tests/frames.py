"""When a page has drawn what it was told."""

# Two frames: the first may already have been on its way. A page that has stopped
# drawing fails the test, which keeps its picture, instead of holding it up for ever.
TWO_FRAMES = """new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("two frames were not drawn in 25 s")), 25_000);
  requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
})"""
