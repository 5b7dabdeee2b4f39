"""When a page has drawn what it was told."""

# Two frames, as the first may already have been on its way, and as many again for as
# long as a figure says that it is busy. A page that has stopped drawing fails the test,
# which keeps its picture, instead of holding it up for ever.
TWO_FRAMES = """new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("two frames were not drawn in 25 s")), 25_000);
  const twoFrames = () => requestAnimationFrame(() => requestAnimationFrame(look));
  const isBusy = () => document.querySelector('[aria-busy="true"]');
  const look = () => (isBusy() ? twoFrames() : resolve());
  twoFrames();
})"""
