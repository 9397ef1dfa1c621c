import { useEffect, useState, type FormEvent } from 'react';
import { createRoot } from 'react-dom/client';
import { createAuthClient, type Credentials, type Session } from 'strapi-refresh-token-client';
import { AuthProvider, Protected, useAuth } from 'strapi-refresh-token-client/react';

const auth = createAuthClient({ url: import.meta.env.VITE_API_URL });

const Login = () => {
  const [problem, setProblem] = useState(useAuth().reason);
  const logIn = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget));
    auth.login(fields as unknown as Credentials).catch(({ code }) => setProblem(code));
  };
  return (
    <form onSubmit={logIn}>
      <input name="identifier" placeholder="Name or e-mail address" />
      <input name="password" placeholder="Password" type="password" />
      <button>Log in</button> {problem}
    </form>
  );
};

const Devices = () => {
  const [devices, setDevices] = useState<readonly Session[]>([]);
  const load = () => auth.sessions.list().then(setDevices);
  useEffect(() => void load(), []);
  const end = (id: string) => auth.sessions.end(id).then(load);
  return devices.map(({ id, deviceName, current }) => (
    <li key={id}>
      {deviceName} {current || <button onClick={() => end(id)}>End</button>}
    </li>
  ));
};

const Page = () => (
  <Protected fallback={<Login />}>
    <h1>{useAuth().user?.username}</h1> <Devices />
    <button onClick={() => auth.logout()}>Log out</button>
  </Protected>
);
createRoot(document.getElementById('root') as Element).render(
  <AuthProvider client={auth} children={<Page />} />,
);
