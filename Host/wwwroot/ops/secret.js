import { h } from '../js/dom.js';
import { t } from '../js/language.js';
import { say } from '../js/notice.js';

/** Shows what is shown this once, until the operator says that it is kept elsewhere. */
export function showSecret(title, secret, detail) {
  const shown = h('input', { class: 'secret', readonly: true, value: secret, 'aria-labelledby': 'secret-title',
    onfocus: () => shown.select() });
  const copy = h('button', { type: 'button', onclick: async () => {
    try {
      await navigator.clipboard.writeText(secret);
      say(t('secret.copied'));
    } catch {
      // Only pages of a secure origin, and with leave, may write to the clipboard: the selected text can be copied.
      shown.focus();
    }
  } }, t('secret.copy'));
  const dialog = h('dialog', { 'aria-labelledby': 'secret-title', 'data-stays': true, onclose: () => dialog.remove() },
    h('div', { class: 'part' },
      h('h2', { id: 'secret-title' }, title), h('p', {}, t('secret.once')), shown,
      detail && h('p', { class: 'hint' }, detail),
      h('div', { class: 'actions' }, copy,
        h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close() }, t('secret.kept')))));
  // Escape would lose it.
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
}
