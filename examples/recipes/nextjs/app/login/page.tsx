const MESSAGES: Record<string, string> = {
  credentials: 'Name or password is wrong.',
  unavailable: 'Please try again in a moment.',
};

interface Props {
  readonly searchParams: Promise<{ problem?: string }>;
}

export default async function Login({ searchParams }: Props) {
  const message = MESSAGES[(await searchParams).problem ?? ''];
  return (
    <form method="post" action="/session">
      {message && <p role="alert">{message}</p>}
      <label>
        Name <input name="identifier" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <label>
        <input name="rememberMe" type="checkbox" defaultChecked /> Stay signed in
      </label>
      <button>Log in</button>
    </form>
  );
}
