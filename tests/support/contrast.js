// Text of the page whose contrast to what lies behind it is less than WCAG 2.2 asks (1.4.3, AA), as sentences.
(() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const fill = (element) => {
    const style = getComputedStyle(element);
    const text = element instanceof SVGElement && element.tagName !== "svg" ? style.fill : style.backgroundColor;
    return text === "none" ? [0, 0, 0, 0] : rgba(text);
  };
  const behind = (x, y) => {
    for (const other of document.elementsFromPoint(x, y)) {
      if (/^(text|tspan)$/.test(other.tagName)) continue;
      const colour = fill(other);
      if (colour[3] === 255) return colour;
    }
    return rgba(getComputedStyle(document.body).backgroundColor);
  };
  const found = [];
  let seen = 0;
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    if (/^(title|desc|script|style)$/.test(element.tagName) || element.closest(".hidden, .skip")) continue;
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), isText = /^(text|tspan)$/.test(element.tagName);
    const colour = rgba(isText ? style.fill : style.color);
    const y = box.top + box.height / 2;
    const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    for (const x of [box.left + 2, box.left + Math.min(box.width / 2, 20)]) {
      if (x < 0 || x >= innerWidth) continue;
      seen += 1;
      const under = behind(x, y), value = ratio(colour, under);
      if (value < least) found.push(`${element.textContent.slice(0, 40)}: ${value.toFixed(2)} of ${colour} on ${under}`);
    }
  }
  // Shapes that mean something beside the page and their track (1.4.11).
  const svg = document.querySelector(".picture svg");
  if (!svg) return { found, seen };
  const probe = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  svg.append(probe);
  const colours = Object.fromEntries(["c0", "c1", "c2", "c3", "c4", "c5", "c6", "value", "value over", "limit"].map((name) => {
    probe.setAttribute("class", name);
    return [name, fill(probe)];
  }));
  probe.remove();
  const paper = rgba(getComputedStyle(document.body).backgroundColor);
  const track = fill(document.querySelector(".track"));
  for (const [name, colour] of Object.entries(colours))
    for (const [place, other] of [["paper", paper], ["track", track]])
      if (ratio(colour, other) < 3) found.push(`${name} on ${place}: ${ratio(colour, other).toFixed(2)}`);
  return { found, seen };
})()
