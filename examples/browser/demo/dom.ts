/** Returns the first element that matches. @throws when no element matches */
export const element = <T extends Element = HTMLElement>(
  selector: string,
  root: ParentNode = document,
): T => {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
};

/** Shows or hides all elements that match. */
export const show = (selector: string, isShown: boolean): void => {
  document.querySelectorAll<HTMLElement>(selector).forEach((each) => {
    each.hidden = !isShown;
  });
};

/** Clones the element in the `<template>` with this id. */
export const cloneTemplate = (id: string): HTMLElement => {
  const { content } = element<HTMLTemplateElement>(`#${id}`);
  return (content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
};

/** Returns the trimmed text of a form field. */
export const fieldText = (form: HTMLFormElement, name: string): string => {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
};

/** Adds a click handler. The button is disabled while the handler runs. */
export const onClick = (button: HTMLButtonElement, run: () => Promise<unknown>): void => {
  button.addEventListener('click', () => {
    button.disabled = true;
    void run().finally(() => {
      button.disabled = false;
    });
  });
};
