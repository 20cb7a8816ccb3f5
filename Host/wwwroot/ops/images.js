import { h } from '../js/dom.js';
import { addressOf } from '../js/image.js';
import { t } from '../js/language.js';

const most = 10;

/** The images of a product: address and text of each, in their order. */
export function imagesInput() {
  const rows = h('div', { class: 'images' });
  const add = h('button', { class: 'secondary', type: 'button', onclick: () => addRow({ url: '', alt: null }, true) },
    t('images.add'));
  const control = h('fieldset', { tabindex: -1 }, rows, add);

  function addRow(image, focus = false) {
    const url = h('input', { type: 'url', required: true, maxlength: 2_000, value: image.url, placeholder: 'https://',
      'aria-label': t('images.url') });
    const alt = h('input', { maxlength: 200, value: image.alt ?? '', placeholder: t('images.alt'),
      'aria-label': t('images.alt') });
    const seen = h('img', { class: 'thumb', alt: '' });
    const look = () => {
      if (url.validity.valid && url.value) seen.src = addressOf({ url: url.value });
      else seen.removeAttribute('src');
    };
    url.addEventListener('change', look);
    look();
    const remove = h('button', { class: 'quiet', type: 'button', 'aria-label': t('images.remove'), onclick: () => {
      row.remove();
      redraw();
      add.focus();
    } }, '×');
    const row = h('div', { class: 'image' }, seen, h('div', {}, url, alt), remove);
    rows.append(row);
    redraw();
    if (focus) url.focus();
  }

  function redraw() {
    add.hidden = rows.childElementCount >= most;
  }

  return {
    control,
    read: () => [...rows.children].map((row) => {
      const [url, alt] = row.querySelectorAll('input');
      return { url: url.value.trim(), alt: alt.value.trim() || null };
    }),
    write: (images) => {
      rows.replaceChildren();
      for (const image of images ?? []) addRow(image);
      redraw();
    },
  };
}
