import { api, type Photo } from './api';
import type { Attempt } from './devices';
import { copyOf, element, onClick, textOf } from './dom';

const list = element('#photos');

/** The example resource has a title and no file: its colour comes from the title. */
const hueOf = (title: string): number =>
  [...title].reduce((hue, letter) => (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);

/** Draws the photos. */
export const drawPhotos = async (attempt: Attempt): Promise<void> => {
  const tile = ({ documentId, title }: Photo): HTMLElement => {
    const item = copyOf('photo-template');
    const button = element<HTMLButtonElement>('button', item);
    element('.picture', item).style.setProperty('--hue', String(hueOf(title)));
    element('.photo-name', item).textContent = title;
    button.setAttribute('aria-label', `Delete ${title}`);
    onClick(button, () =>
      attempt(async () => {
        await api.removePhoto(documentId);
        await drawPhotos(attempt);
      }),
    );
    return item;
  };
  const photos = await api.photos();
  list.replaceChildren(...photos.map(tile));
  element('#no-photos').hidden = photos.length > 0;
};

/** Makes the form above the photos work. */
export const setUpPhotos = (attempt: Attempt): void => {
  const form = element<HTMLFormElement>('#add-photo');
  onClick(element<HTMLButtonElement>('#reload-photos'), () => attempt(() => drawPhotos(attempt)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(async () => {
      await api.addPhoto(textOf(form, 'title'));
      form.reset();
      await drawPhotos(attempt);
    });
  });
};
