import { h } from '../js/dom.js';
import { number, t, time } from '../js/language.js';
import { doing } from '../js/notice.js';
import { api } from './store.js';

export function auditView({ signal }) {
  const findings = h('div', { role: 'status' });
  const run = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        doing(run, async () => {
          findings.replaceChildren(h('p', {}, t('audit.running')));
          try {
            findings.replaceChildren(...reportOf(await api.get('/admin/audit', signal)));
          } catch (problem) {
            findings.replaceChildren();
            throw problem;
          }
        }),
    },
    t('audit.run'),
  );
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('audit')),
    h('p', {}, t('audit.about')),
    run,
    findings,
  );
}

function reportOf({ consistent, checkedAt, checks }) {
  // Checks with violations come first.
  const sorted = [...checks].sort((one, other) => other.violations - one.violations);
  return [
    h(
      'p',
      { class: consistent ? 'line completed' : 'line failed' },
      t(consistent ? 'audit.consistent' : 'audit.inconsistent', { time: time(checkedAt) }),
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('audit') },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, t('audit.check')),
            h('th', { scope: 'col', class: 'number' }, t('audit.violations')),
            h('th', { scope: 'col' }, t('audit.examples')),
          ),
        ),
        h(
          'tbody',
          {},
          sorted.map((check) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, check.name, h('p', { class: 'hint' }, check.description)),
              h('td', { class: check.violations > 0 ? 'number alarm' : 'number' }, number(check.violations)),
              h(
                'td',
                { class: 'text' },
                h(
                  'ul',
                  {},
                  check.examples.map((example) => h('li', {}, example)),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  ];
}
