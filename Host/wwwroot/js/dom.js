// Elements by hand: text only ever becomes text nodes, so nothing that people typed can become markup.

const properties = new Set(['value', 'checked', 'selected', 'disabled', 'hidden', 'htmlFor', 'open']);

/**
 * An element with attributes (`on…` are listeners, empty ones are left out) and children: nodes, texts, or lists of
 * them.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** A symbol of icons.svg, for the eye alone. */
export const icon = (name) =>
  svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: `/icons.svg#${name}` }));

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || (value === false && !properties.has(name))) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (properties.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
}

let ids = 0;

/** A labelled input, select or textarea, with a place for what is wrong with it. */
export function field(label, control, hint) {
  const id = `field-${++ids}`;
  control.id = id;
  const error = h('p', { class: 'field-error', id: `${id}-error`, hidden: true });
  const note = hint && h('p', { class: 'hint', id: `${id}-hint` }, hint);
  control.setAttribute('aria-describedby', note ? `${id}-hint ${id}-error` : `${id}-error`);
  control.addEventListener('input', () => wrong(control, undefined));
  return h('div', { class: 'field' }, h('label', { htmlFor: id }, label), control, note, error);
}

/** Says at a field what is wrong with it, or takes that back. */
export function wrong(control, message) {
  const error = document.getElementById(`${control.id}-error`);
  if (!error) return;
  error.textContent = message ?? '';
  error.hidden = !message;
  if (message) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

/**
 * The place of the focus within an element that is about to be drawn anew: a function that puts it back there, or on
 * the heading.
 */
export function placeOfFocus(root) {
  const focused = document.activeElement;
  if (focused === root || !root.contains(focused)) return undefined;
  const label = (element) => element.getAttribute('aria-label') ?? (element.id || element.textContent);
  const alike = () =>
    [...root.querySelectorAll(focused.localName)].filter((element) => label(element) === label(focused));
  const index = alike().indexOf(focused);
  return () => (alike()[index] ?? root.querySelector('h1'))?.focus({ preventScroll: true });
}

/**
 * Gives an element the attributes and children of another, in place: those that stay keep focus, selection, scroll and
 * listeners. Children are the same where their `data-key` is or, without one, where they are of one kind and place.
 * Listeners that differ from one drawing to the next need a `data-key` that differs too.
 */
export function update(element, wanted) {
  for (const { name } of [...element.attributes]) if (!wanted.hasAttribute(name)) element.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  updateChildren(element, ...wanted.childNodes);
}

/** The same for an element's children alone. */
export function updateChildren(element, ...wanted) {
  const before = [...element.childNodes];
  const keyed = new Map(before.filter(keyOf).map((child) => [keyOf(child), child]));
  const after = wanted.map((child, index) => {
    const same = keyOf(child) ? keyed.get(keyOf(child)) : before[index];
    if (same === child) return child;
    if (same?.nodeName !== child.nodeName || keyOf(same) !== keyOf(child)) return child;
    if (same.nodeType === Node.ELEMENT_NODE) update(same, child);
    else if (same.data !== child.data) same.data = child.data;
    return same;
  });
  // Children that go, go first: then those that stay in their order are not moved, which would take their focus.
  for (const child of before) if (!after.includes(child)) child.remove();
  after.forEach((child, index) => {
    const there = element.childNodes[index];
    if (there !== child) element.insertBefore(child, there ?? null);
  });
}

const keyOf = (node) => node.dataset?.key;

export const wait = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
