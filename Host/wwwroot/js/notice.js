import { h } from './dom.js';
import { sentence, t } from './language.js';

const place = document.getElementById('notices');
const stay = 6_000;

/**
 * A line at the edge of the page, read out by screen readers; an error stays until it is closed, or until what it is
 * `about` is known.
 */
export function say(text, { error = false, link, about } = {}) {
  const [look, role] = error ? ['notice error', 'alert'] : ['notice', 'status'];
  const notice = h(
    'div',
    { class: look, role, 'data-about': about },
    h('p', {}, text, link && [' ', h('a', { href: link.href }, link.text)]),
    h('button', { class: 'quiet', type: 'button', 'aria-label': t('close'), onclick: () => notice.remove() }, '×'),
  );
  place.replaceChildren(notice);
  if (!error) setTimeout(() => notice.remove(), stay);
}

export const sayProblem = (problem, options) => {
  if (problem.name === 'AbortError' || problem.told) return;
  if (problem.code === undefined) console.error(problem);
  const about = problem.code?.startsWith('intent.') ? 'intent' : undefined;
  say(sentence(problem), { about, ...options, error: true });
};

export const unsay = (about) => place.querySelector(`[data-about="${about}"]`)?.remove();

/** Does something for a button once at a time; a problem becomes a notice, or what `refused` makes of it. */
export async function doing(button, action, refused) {
  if (button.getAttribute('aria-busy') === 'true') return;
  // Not disabled: that would take the focus away from it.
  button.setAttribute('aria-busy', 'true');
  try {
    await action();
  } catch (problem) {
    if (!refused?.(problem)) sayProblem(problem);
  } finally {
    button.removeAttribute('aria-busy');
  }
}

/**
 * Asks before something that can't be taken back. Resolves to the text of the reason (perhaps empty), or undefined for
 * no.
 */
export function ask(question, detail, { reason, required = false, confirm = t('confirm'), look = 'danger' } = {}) {
  return new Promise((resolve) => {
    const text = reason && h('input', { type: 'text', maxlength: 200, required, id: 'ask-reason' });
    const dialog = h(
      'dialog',
      {
        'aria-labelledby': 'ask-question',
        onclose: () => {
          dialog.remove();
          resolve(dialog.returnValue === 'yes' ? (text?.value ?? '') : undefined);
        },
      },
      h(
        'form',
        {
          onsubmit: (event) => {
            event.preventDefault();
            dialog.close('yes');
          },
        },
        h('h2', { id: 'ask-question' }, question),
        detail && h('p', {}, detail),
        text && h('div', { class: 'field' }, h('label', { htmlFor: 'ask-reason' }, reason), text),
        h(
          'div',
          { class: 'actions' },
          h('button', { class: look }, confirm),
          h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close('no') }, t('dismiss')),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
