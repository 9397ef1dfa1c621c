import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { ACCESS_COOKIE, callStrapi } from '../../../web-server/strapi';

interface User {
  readonly username: string;
}

/** A server component. It calls Strapi with the access token in the cookie, which `proxy.ts` renews. */
export default async function Profile() {
  const accessToken = (await cookies()).get(ACCESS_COOKIE)?.value;
  const response = await callStrapi('/users/me', accessToken);
  // No retry: the access token has not expired, so that a 401 means that the session has ended.
  if (response.status === 401 || response.status === 403) redirect('/login');
  if (!response.ok) throw new Error(`Strapi answered ${response.status}`);

  const { username } = (await response.json()) as User;
  return (
    <main>
      <h1>{username}</h1>
      <form method="post" action="/session/end">
        <button>Log out</button>
      </form>
    </main>
  );
}
