// A figure as one SVG that needs nothing beside it: boxes, words and drawings as they are
// seen, with their colours and fonts written out. Controls are left out.
import { s, set } from "../kit/dom.js";

const CONTROLS =
  ".bw-row, .bw-control, .bw-check, .bw-challenge, .bw-heard, .bw-corner, .bw-tools, input, select";
// What a drawing inherits from the page's style sheets.
const LOOK =
  "fill fill-opacity stroke stroke-width stroke-opacity stroke-dasharray stroke-linecap " +
  "stroke-linejoin opacity font-family font-size font-weight font-style text-anchor " +
  "dominant-baseline paint-order vector-effect visibility display";
const SIDES = ["Top", "Right", "Bottom", "Left"];
const SCALE = 2; // pixels of a PNG for each of the page

const isClear = (colour) => colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);
const pixels = (length) => Number.parseFloat(length) || 0;

/** A copy of a drawing with its look in it, inside of its border. Some lines are as wide in
 *  any size, so they need to know in what `scale` the picture will be shown. */
function drawing(svg, look, x, y, { width, height }, scale) {
  const copy = svg.cloneNode(true);
  const [here, there] = [svg, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  here.forEach((element, i) => {
    const seen = getComputedStyle(element);
    const style = LOOK.split(" ").map((name) => `${name}:${seen.getPropertyValue(name)}`);
    for (const { name } of [...there[i].attributes])
      if (/^(class|role|tabindex|aria-.*|data-.*)$/.test(name)) there[i].removeAttribute(name);
    const isFixed = seen.getPropertyValue("vector-effect") === "non-scaling-stroke";
    if (isFixed) style.push(`stroke-width:${pixels(seen.strokeWidth) * scale}px`);
    there[i].setAttribute("style", style.join(";"));
  });
  const [top, right, bottom, left] = SIDES.map((side) => pixels(look[`border${side}Width`]));
  const [w, h] = [width - left - right, height - top - bottom];
  set(copy, { x: x + left, y: y + top, width: w, height: h });
  return copy;
}

/** A frame of a colour that lies inside of a rectangle. */
function frame(stroke, wide, x, y, width, height) {
  const half = wide / 2;
  const [w, h] = [width - wide, height - wide].map((side) => Math.max(0, side));
  return s("rect", {
    x: x + half,
    y: y + half,
    width: w,
    height: h,
    fill: "none",
    stroke,
    "stroke-width": wide,
  });
}

/** Ground, border, inner shadow without blur, and outline of an element. */
function box(look, x, y, { width, height }) {
  const parts = [];
  const rx = Math.min(pixels(look.borderTopLeftRadius), width / 2, height / 2);
  const ground = look.backgroundColor;
  if (!isClear(ground)) parts.push(s("rect", { x, y, width, height, rx, fill: ground }));
  const [top, right, bottom, left] = SIDES.map((side) => pixels(look[`border${side}Width`]));
  const edges = [
    ["Top", top, x, y, width, top],
    ["Right", right, x + width - right, y, right, height],
    ["Bottom", bottom, x, y + height - bottom, width, bottom],
    ["Left", left, x, y, left, height],
  ];
  for (const [side, wide, ex, ey, w, h] of edges) {
    const fill = look[`border${side}Color`];
    if (wide && !isClear(fill)) parts.push(s("rect", { x: ex, y: ey, width: w, height: h, fill }));
  }
  const shadow = /^(.*) 0px 0px 0px ([\d.]+)px inset$/.exec(look.boxShadow);
  if (shadow) parts.push(frame(shadow[1], Number(shadow[2]), x, y, width, height));
  if (look.outlineStyle !== "none") {
    const wide = pixels(look.outlineWidth);
    const out = wide + pixels(look.outlineOffset);
    const [w, h] = [width, height].map((side) => side + 2 * out);
    parts.push(frame(look.outlineColor, wide, x - out, y - out, w, h));
  }
  return parts;
}

/** The lines that a text stands in, each with its place in the window. */
function linesOf(node, across, along) {
  const range = document.createRange();
  const lines = [];
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const place = range.getBoundingClientRect();
    const last = lines.at(-1);
    if (last && Math.abs(last.place[across] - place[across]) < 2) {
      last.text += ` ${word}`;
      last.end = place[along];
    } else lines.push({ text: word, place, end: place[along] });
  }
  return lines.filter(({ place }) => place.width);
}

const pen = document.createElement("canvas").getContext("2d");

/** The words of a text, as wide as they are seen, so that another font does no harm. */
function words(node, look, origin) {
  const isUpright = look.writingMode === "horizontal-tb";
  const font = ["fontStyle", "fontWeight", "fontSize", "fontFamily"].map((name) => look[name]);
  pen.font = font.join(" ");
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = pen.measureText("x");
  const lines = isUpright ? linesOf(node, "top", "right") : linesOf(node, "left", "bottom");
  return lines.map(({ text, place, end }) => {
    const { left, top, width, height } = place;
    const x = left - origin.left + (isUpright ? 0 : (width * down) / (up + down));
    const y = top - origin.top + (isUpright ? (height * up) / (up + down) : 0);
    const style = `font:${font.join(" ")}`;
    const turned = isUpright ? null : `rotate(90 ${x} ${y})`;
    const at = { x, y, fill: look.color, style, transform: turned };
    const long = { textLength: end - (isUpright ? left : top), lengthAdjust: "spacingAndGlyphs" };
    return s("text", { ...at, ...long }, text);
  });
}

/** All that is seen of an element, from back to front. */
function seen(element, origin, scale) {
  if (element.matches(CONTROLS) || !element.checkVisibility({ visibilityProperty: true }))
    return [];
  const look = getComputedStyle(element);
  const place = element.getBoundingClientRect();
  const [x, y] = [place.left - origin.left, place.top - origin.top];
  const parts = box(look, x, y, place);
  if (element.localName === "svg") return [...parts, drawing(element, look, x, y, place, scale)];
  for (const child of element.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) parts.push(...words(child, look, origin));
    else if (child.nodeType === Node.ELEMENT_NODE) parts.push(...seen(child, origin, scale));
  }
  return look.opacity === "1" ? parts : [s("g", { opacity: look.opacity }, ...parts)];
}

/** The picture as text, with its width and height. */
export function pictureOf(el, scale = 1) {
  const root = el.querySelector(".bw");
  const origin = root.getBoundingClientRect();
  const { width, height } = origin;
  const title = s("title", {}, root.getAttribute("aria-label"));
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  const picture = s("svg", size, title, ...seen(root, origin, scale));
  return { text: new XMLSerializer().serializeToString(picture), width, height };
}

/** A promise of the same as pixels. */
export async function asPNG(el) {
  const { text, width, height } = pictureOf(el, SCALE);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}
