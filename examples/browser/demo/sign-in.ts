import { auth } from './api';
import { element, show, fieldText } from './dom';

const form = element<HTMLFormElement>('#sign-in');
const error = element('#sign-in-error');
const stay = element<HTMLInputElement>('#stay');
const password = element<HTMLInputElement>('#password');

let isRegistering = false;

const render = () => {
  const title = isRegistering ? 'Register' : 'Log in';
  element('#sign-in-title').textContent = title;
  element('button[type=submit]', form).textContent = title;
  element('#mode-question').textContent = isRegistering ? 'Already registered?' : 'No account yet?';
  element('#switch-mode').textContent = isRegistering ? 'Log in' : 'Register';
  show('[data-mode=register]', isRegistering);
  show('[data-mode=log-in]', !isRegistering);
  // A hidden field that is required would block the form without a message.
  element<HTMLInputElement>('#email').disabled = !isRegistering;
  password.autocomplete = isRegistering ? 'new-password' : 'current-password';
  error.hidden = true;
};

const submit = async () => {
  const username = fieldText(form, 'username');
  const account = { password: password.value, rememberMe: stay.checked };
  await (isRegistering
    ? auth.register({ ...account, username, email: fieldText(form, 'email') })
    : auth.login({ ...account, identifier: username }));
};

/** Adds the handlers of the form. After a login the page changes with the `login` event of `auth`. */
export const setUpSignIn = (): void => {
  element('#switch-mode').addEventListener('click', () => {
    isRegistering = !isRegistering;
    render();
    element<HTMLInputElement>('#username').focus();
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = element<HTMLButtonElement>('button[type=submit]', form);
    button.disabled = true;
    error.hidden = true;
    submit()
      .then(() => {
        form.reset();
        isRegistering = false;
        render();
      })
      .catch((reason: Error) => {
        error.textContent = reason.message;
        error.hidden = false;
      })
      .finally(() => {
        button.disabled = false;
      });
  });
  render();
};
