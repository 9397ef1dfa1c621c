import { auth, loginProviders } from './api';
import { element, fieldText } from './dom';
import { showNotice } from './messages';

type Mode = 'log-in' | 'register' | 'forgot' | 'reset';

interface ModeOfForm {
  readonly title: string;
  readonly action: string;
  /** After a login the page changes with the `login` event of `auth`. */
  submit(): Promise<unknown>;
  /** The mode after `submit`, `log-in` without it. */
  readonly next?: Mode;
}

const form = element<HTMLFormElement>('#sign-in');
const submitButton = element<HTMLButtonElement>('button[type=submit]', form);
const error = element('#sign-in-error');
const stay = element<HTMLInputElement>('#stay');
const password = element<HTMLInputElement>('#password');
const code = element<HTMLInputElement>('#code');

const text = (name: string) => fieldText(form, name);
const account = () => ({ password: password.value, rememberMe: stay.checked });

const MODES: Record<Mode, ModeOfForm> = {
  'log-in': {
    title: 'Log in',
    action: 'Log in',
    submit: () => auth.login({ ...account(), identifier: text('username') }),
  },
  register: {
    title: 'Register',
    action: 'Register',
    submit: () => auth.register({ ...account(), username: text('username'), email: text('email') }),
  },
  forgot: {
    title: 'Forgot your password?',
    action: 'Send the e-mail',
    next: 'reset',
    async submit() {
      await auth.forgotPassword(text('email'));
      showNotice(
        'If an account has this address, an e-mail with a code was sent to it. An API in ' +
          'development prints e-mails in its console.',
      );
    },
  },
  reset: {
    title: 'Choose a new password',
    action: 'Save and log in',
    submit: () => auth.resetPassword({ code: text('code'), password: password.value }),
  },
};

let mode: Mode = 'log-in';

const setMode = (next: Mode): void => {
  mode = next;
  element('#sign-in-title').textContent = MODES[mode].title;
  submitButton.textContent = MODES[mode].action;
  form.querySelectorAll<HTMLElement>('[data-modes]').forEach((part) => {
    const isShown = part.dataset.modes?.split(' ').includes(mode) ?? false;
    part.hidden = !isShown;
    // A hidden field that is required would block the form without a message.
    part.querySelectorAll('input').forEach((input) => (input.disabled = !isShown));
  });
  password.autocomplete = mode === 'log-in' ? 'current-password' : 'new-password';
  error.hidden = true;
};

/** Shows why a login fails, in the form. */
const showError = (reason: Error): void => {
  error.textContent = reason.message;
  error.hidden = false;
};

const submit = async (): Promise<void> => {
  submitButton.disabled = true;
  error.hidden = true;
  try {
    await MODES[mode].submit();
    form.reset();
    setMode(MODES[mode].next ?? 'log-in');
  } catch (reason) {
    showError(reason as Error);
  } finally {
    submitButton.disabled = false;
  }
};

const addProviders = (): void => {
  const buttons = loginProviders.map((provider) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = `Continue with ${provider}`;
    button.addEventListener('click', () => auth.loginWith(provider));
    return button;
  });
  element('#providers').append(...buttons);
};

/**
 * Completes what was begun elsewhere: a login with a provider, or a new password.
 *
 * The provider is in the fragment, since Strapi replaces the query of the URL to which it redirects.
 */
const continueFrom = ({ hash, search, pathname }: Location): void => {
  const [, provider] = /^#connected\/([\w-]+)$/.exec(hash) ?? [];
  if (provider) auth.completeLogin(provider).catch(showError);
  const sent = new URLSearchParams(search).get('code');
  if (!sent) return;
  setMode('reset');
  code.value = sent;
  // The code does not stay in the address, and in the history of the browser.
  history.replaceState(null, '', pathname);
};

/** Adds the handlers of the form, and completes what a link or a provider has begun. */
export const setUpSignIn = (): void => {
  form.querySelectorAll<HTMLButtonElement>('[data-to]').forEach((button) => {
    button.addEventListener('click', () => {
      setMode(button.dataset.to as Mode);
      form.querySelector<HTMLInputElement>('input:enabled')?.focus();
    });
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  addProviders();
  setMode('log-in');
  continueFrom(location);
};
