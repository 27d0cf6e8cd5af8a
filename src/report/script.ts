/**
 * The script of the page: reads out the curves under the pointer or by arrow keys. Without it
 * nothing is missing but that.
 */
export const SCRIPT = `
for (const plot of document.querySelectorAll('[data-chart]')) {
  const { epochs, at, series } = JSON.parse(plot.dataset.chart);
  const area = plot.querySelector('.area');
  const add = (kind, parent, look, text) => {
    const element = document.createElement(kind);
    element.className = look;
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const cross = add('div', area, 'cross');
  const box = add('div', area, 'readout');
  cross.hidden = box.hidden = true;
  box.setAttribute('role', 'status');
  area.tabIndex = 0;
  area.setAttribute('role', 'group');
  area.setAttribute('aria-label', 'Curves; arrow keys read out epoch by epoch');
  let now = -1;
  const hide = () => { cross.hidden = box.hidden = true; now = -1; };
  const show = (i) => {
    if (i === now) return;
    now = i;
    box.replaceChildren();
    add('p', box, '', 'epoch ' + epochs[i].toLocaleString('en-US'));
    for (const { name, look, values } of series) {
      if (values[i] === '') continue;
      const line = add('div', box, '');
      add('i', line, 'key ' + look);
      line.append(name);
      add('b', line, '', values[i]);
    }
    cross.hidden = box.hidden = false;
    cross.style.left = 100 * at[i] + '%';
    const left = at[i] * area.clientWidth;
    const room = area.clientWidth - box.offsetWidth;
    box.style.left = Math.max(0, Math.min(room, left + 12 + box.offsetWidth > area.clientWidth ? left - 12 - box.offsetWidth : left + 12)) + 'px';
  };
  const nearest = (share) => {
    let low = 0, high = at.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (at[middle] < share) low = middle; else high = middle; }
    return share - at[low] < at[high] - share ? low : high;
  };
  area.addEventListener('pointermove', (event) => {
    const { left, width } = area.getBoundingClientRect();
    show(nearest((event.clientX - left) / width));
  });
  area.addEventListener('pointerleave', hide);
  area.addEventListener('blur', hide);
  area.addEventListener('keydown', (event) => {
    const last = epochs.length - 1;
    const to = { ArrowLeft: Math.max(now - 1, 0), ArrowRight: Math.min(now + 1, last), Home: 0, End: last }[event.key];
    if (event.key === 'Escape') hide();
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
}
`;
