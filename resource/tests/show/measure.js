// What is wrong with the view for eyes: text that is too faint (WCAG 2.2, 1.4.3), shapes that are (1.4.11), and what
// stands outside. Gives a list of complaints.
const wrong = [];
const channels = (color) => color.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => {
  const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const contrast = (a, b) => {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || element.closest(".unseen, script")) continue;
  const style = getComputedStyle(element);
  const color = channels(element instanceof SVGElement ? style.fill : style.color);
  const ratio = contrast(color, ground(element));
  if (ratio < 4.5) wrong.push(`${walker.currentNode.textContent}: ${ratio.toFixed(2)}`);
}
for (const shape of document.querySelectorAll("circle, .swatch")) {
  const style = getComputedStyle(shape);
  const color = channels(shape.matches("circle") ? style.stroke : style.backgroundColor);
  const ratio = contrast(color, ground(shape.parentElement));
  if (ratio < 3) wrong.push(`${shape.getAttribute("class")}: ${ratio.toFixed(2)}`);
}
const width = document.documentElement.clientWidth;
for (const element of document.querySelectorAll("main *:not(.unseen)")) {
  const box = element.getBoundingClientRect();
  if (box.right > width + 1 || box.left < -1) wrong.push(`outside: ${element.tagName} ${element.textContent.slice(0, 40)}`);
}
for (const head of document.querySelectorAll("thead th")) {
  if (head.querySelector(":scope > .unseen")) continue;
  const text = document.createRange();
  text.selectNodeContents(document.createTreeWalker(head, NodeFilter.SHOW_TEXT).nextNode());
  const lines = new Set([...text.getClientRects()].map(({ bottom }) => Math.round(bottom)));
  if (lines.size > 1) wrong.push(`the head of a column wraps: ${head.textContent}`);
}
if (document.documentElement.scrollHeight > window.innerHeight + 1) wrong.push("it is cut below");
for (const cell of document.querySelectorAll("th")) if (!cell.scope) wrong.push(`no scope: ${cell.textContent}`);
for (const table of document.querySelectorAll("table")) {
  if (!table.caption && !table.hasAttribute("aria-labelledby")) wrong.push("a table without a name");
}
const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
if (new Set(ids).size !== ids.length) wrong.push(`the same id twice: ${ids}`);
return wrong;
