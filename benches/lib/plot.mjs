// @ts-check
// Two plots beside each other, both axes logarithmic, as an SVG that needs no script and can be read in the dark.

/** @typedef {{ name: string, points: [number, number][] }} Line */
/** @typedef {{ title: string, unit: (value: number) => string, lines: Line[] }} Panel */

const [WIDTH, HEIGHT, GAP] = [360, 260, 70];
const COLOURS = ["#0a7d4f", "#b3541e"];

/** @param {Panel[]} panels @param {(value: number) => string} across what the values of the horizontal axis are called */
export function plot(panels, across, title = panels.map((panel) => panel.title).join("; ")) {
  const drawn = panels.map(
    (panel, at) => `<g transform="translate(${60 + at * (WIDTH + GAP)} 40)">${drawPanel(panel, across)}</g>`,
  );
  const [wide, high] = [60 + panels.length * (WIDTH + GAP), HEIGHT + 110];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" font-family="system-ui, sans-serif" font-size="12">
<title>${title}</title>
<rect width="${wide}" height="${high}" fill="#fff"/>
${drawn.join("\n")}
</svg>
`;
}

/** @param {Panel} panel @param {(value: number) => string} across */
function drawPanel({ title, unit, lines }, across) {
  const all = lines.flatMap(({ points }) => points);
  const [x, y] = [0, 1].map((axis) =>
    scale(
      all.map((point) => point[axis] ?? 1),
      axis === 0 ? WIDTH : HEIGHT,
    ),
  );
  if (!x || !y) return "";
  const parts = [`<text x="0" y="-16" font-weight="600">${title}</text>`];
  for (const value of y.ticks) {
    const at = HEIGHT - y.at(value);
    parts.push(
      `<path d="M0 ${at}H${WIDTH}" stroke="#ddd"/><text x="-6" y="${at + 4}" text-anchor="end">${unit(value)}</text>`,
    );
  }
  for (const value of x.ticks) {
    parts.push(`<text x="${x.at(value)}" y="${HEIGHT + 18}" text-anchor="middle">${across(value)}</text>`);
  }
  for (const [number, { name, points }] of lines.entries()) {
    const colour = COLOURS[number % COLOURS.length];
    const path = points.map(
      ([from, to], at) => `${at === 0 ? "M" : "L"}${x.at(from).toFixed(1)} ${(HEIGHT - y.at(to)).toFixed(1)}`,
    );
    parts.push(`<path d="${path.join("")}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [from, to] of points) {
      parts.push(
        `<circle cx="${x.at(from).toFixed(1)}" cy="${(HEIGHT - y.at(to)).toFixed(1)}" r="3" fill="${colour}"/>`,
      );
    }
    parts.push(`<text x="0" y="${HEIGHT + 38 + number * 16}" fill="${colour}">● ${name}</text>`);
  }
  return parts.join("\n");
}

/** @param {number[]} values @param {number} length */
function scale(values, length) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.ceil(Math.log10(Math.max(...values)));
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at)),
    at: (/** @type {number} */ value) => ((Math.log10(value) - first) / (last - first)) * length,
  };
}
