const demo = `
\`\`\`sh
npm run demo
\`\`\`

starts a web app beside it at <http://localhost:5173>: log in, devices, and what happens to the tokens.
`;

const photos = '| `/photos`, `/photos/:id` | access token | the example resource |\n';

/** The README of a project that was made from the starter. */
export const readme = ({ name, description, isTemplate, hasExample, version }) => `# ${
  isTemplate ? 'A Strapi app with refresh tokens' : name
}

${description || 'A Strapi 5 app with short-lived access tokens and rotating refresh tokens.'}

## Run it

\`\`\`sh
npm install
npm run develop
\`\`\`

creates or completes \`.env\` with random secrets, and starts on SQLite at <http://localhost:1337>. The admin panel is
at <http://localhost:1337/admin>.
${hasExample ? demo : ''}
| Command            | Does                                                    |
| ------------------ | ------------------------------------------------------- |
| \`npm run develop\`  | starts the server, and again after each change          |
| \`npm run build\`    | builds it for production                                |
| \`npm start\`        | starts what was built; set \`NODE_ENV=production\` there  |
| \`npm test\`         | runs the tests, with Node alone                         |
| \`npm run validate\` | everything that has to hold before a change is merged   |

## Endpoints

All below \`/api\`. A refresh token travels in an \`HttpOnly\` cookie, or in the body where a client asks for it.

| Method and path | Authenticates by | Does |
| --- | --- | --- |
| \`POST /auth/local\` | identifier, password | log in |
| \`POST /auth/local/register\` | – | register |
| \`POST /auth/change-password\`, \`POST /auth/reset-password\` | access token; code | end every session, start a new one |
| \`POST /token/refresh\` | refresh token | the next pair of tokens |
| \`POST /auth/logout\` | refresh token or access token | end this session, or with \`{"scope":"all"}\` all |
| \`GET /auth/sessions\` | access token | list one's own sessions |
| \`DELETE /auth/sessions\`, \`/auth/sessions/:id\` | access token | end all others, or one of them |
${hasExample ? photos : ''}
## Settings

Environment variables, checked at boot: a bad value stops the server and is named.
[docs/configuration.md](docs/configuration.md) has all of them.

## Where to read on

- [docs/walk.md](docs/walk.md): the API step by step, with curl
- [docs/your-code.md](docs/your-code.md): where your own code goes
- [docs/clients.md](docs/clients.md): code for web apps, native apps and web servers
- [docs/deploying.md](docs/deploying.md) and [docs/security.md](docs/security.md): before you go live
- [all documentation](docs/README.md)

${
  isTemplate
    ? ''
    : `## Licence

This project began from strapi-refresh-token-starter ${version}, whose code is under the
[MIT licence](LICENSE-starter).
`
}`;
