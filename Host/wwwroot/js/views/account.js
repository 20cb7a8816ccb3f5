import { field, h, icon } from '../dom.js';
import { download } from '../download.js';
import { form } from '../form.js';
import { leaving } from '../frame.js';
import { newKey } from '../intents.js';
import { t, time } from '../language.js';
import { ask, doing, say } from '../notice.js';
import { paged } from '../paged.js';
import { part } from '../part.js';
import { api, mine, session } from '../store.js';

export async function accountView({ signal }) {
  const me = await api.get('/users/me', signal);
  const element = h('ul', { class: 'sessions' });
  const list = paged(element, {
    name: 'sessions',
    size: 20,
    each: sessionLine,
    get: (parameters) => api.get(mine(`/sessions?${parameters}`), signal),
    none: () => h('li', { class: 'empty' }, t('account.no-sessions')),
  });
  const sessions = part(t('account.sessions'), async () => {
    await list.load();
    return [element, list.more];
  });

  function sessionLine({ sessionId, lastUsedAt, address, userAgent, current }) {
    const end = h(
      'button',
      {
        class: 'secondary',
        type: 'button',
        'aria-label': t('account.end-named', { device: deviceOf(userAgent) }),
        onclick: () =>
          doing(end, async () => {
            await api.delete(mine(`/sessions/${sessionId}`));
            await sessions.fill();
          }),
      },
      t('account.end'),
    );
    return h(
      'li',
      { 'data-key': sessionId },
      icon('device'),
      h(
        'div',
        {},
        h('p', {}, deviceOf(userAgent), current && [' ', h('span', { class: 'badge' }, t('account.current'))]),
        h(
          'p',
          { class: 'hint' },
          [t('account.last-used', { time: time(lastUsedAt) }), address].filter(Boolean).join(' · '),
        ),
      ),
      !current && end,
    );
  }

  await sessions.fill();
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('account')),
    h('p', { class: 'hint' }, me.email),
    h(
      'div',
      { class: 'two' },
      h(
        'div',
        {},
        h(
          'section',
          { class: 'panel', 'aria-labelledby': 'profile' },
          h('h2', { id: 'profile' }, t('account.profile')),
          nameForm(me),
        ),
        h(
          'section',
          { class: 'panel', 'aria-labelledby': 'sessions' },
          h('h2', { id: 'sessions' }, t('account.sessions')),
          sessions.element,
        ),
      ),
      h(
        'div',
        {},
        h(
          'section',
          { class: 'panel', 'aria-labelledby': 'password' },
          h('h2', { id: 'password' }, t('account.password')),
          passwordForm(me, () => sessions.fill()),
        ),
        h(
          'section',
          { class: 'panel', 'aria-labelledby': 'export' },
          h('h2', { id: 'export' }, t('account.export')),
          h('p', { class: 'hint' }, t('account.export-about')),
          exportButton(),
        ),
        h(
          'section',
          { class: 'panel', 'aria-labelledby': 'erasure' },
          h('h2', { id: 'erasure' }, t('account.erasure')),
          h('p', { class: 'hint' }, t('account.erasure-about')),
          erasureForm(),
        ),
      ),
    ),
  );
}

function nameForm(me) {
  const name = h('input', { autocomplete: 'name', required: true, maxlength: 100, value: me.name });
  const save = h('button', { class: 'secondary' }, t('account.save'));
  const body = form({ name }, save, async () => {
    await api.patch(mine(''), { name: name.value });
    await session.lookAgain();
    say(t('account.saved'));
  });
  body.append(field(t('name'), name), h('div', { class: 'actions' }, save));
  return body;
}

function passwordForm(me, changed) {
  const password = (autocomplete, more) => h('input', { type: 'password', autocomplete, required: true, ...more });
  const currentPassword = password('current-password');
  const newPassword = password('new-password', { minlength: 8, maxlength: 128 });
  const save = h('button', { class: 'secondary' }, t('account.change-password'));
  const body = form({ currentPassword, newPassword }, save, async () => {
    const wanted = { currentPassword: currentPassword.value, newPassword: newPassword.value };
    const agreed = await ask(t('account.password-question'), t('account.password-ends'), {
      confirm: t('account.change-password'),
    });
    if (agreed === undefined) return;
    await api.change(mine('/password'), wanted);
    // Every sign-in has ended, this one too: it begins anew.
    await session.signIn(me.email, wanted.newPassword);
    currentPassword.value = newPassword.value = '';
    say(t('account.password-changed'));
    await changed();
  });
  // For password managers.
  body.append(
    h('input', { type: 'email', autocomplete: 'username', value: me.email, hidden: true }),
    field(t('account.current-password'), currentPassword),
    field(t('account.new-password'), newPassword, t('password.rule')),
    h('div', { class: 'actions' }, save),
  );
  return body;
}

function exportButton() {
  const button = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      onclick: () =>
        doing(button, async () => {
          const held = await api.get(mine('/export'));
          const file = new Blob([JSON.stringify(held, null, 2)], { type: 'application/json' });
          download(file, `sodam-${held.userId}.json`);
        }),
    },
    icon('download'),
    t('account.export-do'),
  );
  return h('div', { class: 'actions' }, button);
}

function erasureForm() {
  const password = h('input', { type: 'password', autocomplete: 'current-password', required: true });
  const forfeit = h('input', { type: 'checkbox' });
  const submit = h('button', { class: 'secondary' }, t('account.erase'));
  const body = form({ password, forfeit }, submit, async () => {
    const { userId } = session.user;
    const wanted = { password: password.value, forfeit: forfeit.checked };
    const sure = await ask(t('account.erase-question'), t('account.erase-detail'), { confirm: t('account.erase') });
    if (sure === undefined) return;
    await api.once({ key: newKey(), userId }, `/users/${userId}/erasure`, wanted);
    leaving.signingOut = true;
    try {
      // The sessions have ended with the account: without an answer the cookie alone is left.
      await session.signOut().catch(() => session.end());
    } finally {
      leaving.signingOut = false;
    }
    say(t('account.erased'));
  });
  body.append(
    field(t('account.erasure-password'), password),
    field(t('account.forfeit'), forfeit),
    h('div', { class: 'actions' }, submit),
  );
  return body;
}

const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS', 'macOS'],
  ['Linux', 'Linux'],
];

/** A device as people call it. */
function deviceOf(userAgent) {
  const named = (names) => names.find(([mark]) => userAgent?.includes(mark))?.[1];
  return [named(browsers), named(systems)].filter(Boolean).join(' · ') || t('account.unknown-device');
}
