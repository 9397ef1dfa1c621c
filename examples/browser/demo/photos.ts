import { api, type Photo } from './api';
import type { ActionRunner } from './devices';
import { cloneTemplate, element, onClick, fieldText } from './dom';

const list = element('#photos');

/** Computes a colour from the title, since a photo of the example has no image file. */
const hueOf = (title: string): number =>
  [...title].reduce((hue, letter) => (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);

/** Loads and shows the photos. */
export const renderPhotos = async (runAction: ActionRunner): Promise<void> => {
  const tile = ({ documentId, title }: Photo): HTMLElement => {
    const item = cloneTemplate('photo-template');
    const button = element<HTMLButtonElement>('button', item);
    element('.picture', item).style.setProperty('--hue', String(hueOf(title)));
    element('.photo-name', item).textContent = title;
    button.setAttribute('aria-label', `Delete ${title}`);
    onClick(button, () =>
      runAction(async () => {
        await api.removePhoto(documentId);
        await renderPhotos(runAction);
      }),
    );
    return item;
  };
  const photos = await api.photos();
  list.replaceChildren(...photos.map(tile));
  element('#no-photos').hidden = photos.length > 0;
};

/** Adds the handlers of the form above the photos. */
export const setUpPhotos = (runAction: ActionRunner): void => {
  const form = element<HTMLFormElement>('#add-photo');
  onClick(element<HTMLButtonElement>('#reload-photos'), () =>
    runAction(() => renderPhotos(runAction)),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void runAction(async () => {
      await api.addPhoto(fieldText(form, 'title'));
      form.reset();
      await renderPhotos(runAction);
    });
  });
};
