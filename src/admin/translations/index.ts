import { messages } from '../sessions/messages';
import de from './de.json';

/** Texts by language and id. English fills in wherever another language has none. */
export const translations: Record<string, Record<string, string>> = {
  en: Object.fromEntries(
    Object.values(messages).map(({ id, defaultMessage }) => [id, defaultMessage]),
  ),
  de,
};
