import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { ACCESS_COOKIE, callStrapi } from '../../../web-server/strapi';

interface Photos {
  readonly data: readonly { readonly documentId: string; readonly title: string }[];
}

/** A server component: it reads as the visitor, with the token that `proxy.ts` keeps fresh. */
export default async function PhotosPage() {
  const accessToken = (await cookies()).get(ACCESS_COOKIE)?.value;
  const response = await callStrapi('/photos', accessToken);
  // No second try: after a fresh token is refused only a login helps.
  if (response.status === 401 || response.status === 403) redirect('/login');
  if (!response.ok) throw new Error(`Strapi answered ${response.status}`);

  const { data } = (await response.json()) as Photos;
  return (
    <main>
      <ul>
        {data.map(({ documentId, title }) => (
          <li key={documentId}>{title}</li>
        ))}
      </ul>
      <form method="post" action="/session/end">
        <button>Log out</button>
      </form>
    </main>
  );
}
