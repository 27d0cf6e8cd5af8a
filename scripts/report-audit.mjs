// Runs inside a page, so nothing here may come from outside of the function.

/**
 * What is wrong with the page as it is shown: text of too little contrast (WCAG AA), parts wider
 * than the window, images that are not there. Runs in the page.
 */
export function findFaults() {
  const faults = [];
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!canvas) return ['the browser has no canvas'];
  /** Any colour of CSS as red, green, blue and opacity. */
  const parse = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
  const luminance = (rgb) =>
    rgb.slice(0, 3).reduce((sum, c, i) => {
      const x = c / 255;
      return sum + (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4) * [0.2126, 0.7152, 0.0722][i];
    }, 0);
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(parse(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const ownText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
  for (const element of document.body.querySelectorAll('*')) {
    if (!ownText(element) || element.closest('script, style, .hidden') || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const behind = background(element);
    const ink = over(parse(element instanceof SVGElement ? style.fill : style.color), behind);
    const found = contrast(ink, behind);
    if (found < 4.5) faults.push(`contrast ${found.toFixed(2)}: ${element.tagName} "${element.textContent?.trim().slice(0, 40)}"`);
  }
  for (const line of document.querySelectorAll('.line, .key:not(.area)')) {
    const style = getComputedStyle(line);
    const colour = line instanceof SVGElement ? style.stroke : style.backgroundColor;
    const behind = background(line.closest('section') ?? document.body);
    const found = contrast(over(parse(colour), behind), behind);
    if (found < 3) faults.push(`contrast ${found.toFixed(2)} of a line: ${line.getAttribute('class')}`);
  }
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} wide in a window of ${clientWidth}`);
  for (const image of document.images) if (!image.complete || image.naturalWidth === 0) faults.push(`an image is not there: ${image.alt}`);
  for (const svg of document.querySelectorAll('svg[role=img]')) if (!svg.getAttribute('aria-label')) faults.push('a picture has no name');
  return faults;
}
