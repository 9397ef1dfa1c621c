import { english } from '../messages';
import de from './de.json';

/** The messages of each language. Strapi uses the English text where another language has none. */
export const translations: Record<string, Record<string, string>> = { en: english, de };
