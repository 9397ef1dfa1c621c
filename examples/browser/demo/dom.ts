/** @throws when the page has no such element: it and the script are of different versions */
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

/** A copy of what is in a `<template>`. */
export const copyOf = (template: string): HTMLElement => {
  const { content } = element<HTMLTemplateElement>(`#${template}`);
  return (content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
};

/** The text of a field of a form. */
export const textOf = (form: HTMLFormElement, name: string): string => {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
};

/** Calls back at a click, during which the button cannot be pressed again. */
export const onClick = (button: HTMLButtonElement, run: () => Promise<unknown>): void => {
  button.addEventListener('click', () => {
    button.disabled = true;
    void run().finally(() => {
      button.disabled = false;
    });
  });
};
