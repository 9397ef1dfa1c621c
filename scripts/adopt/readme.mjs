const demo = `
\`\`\`sh
npm run demo
\`\`\`

This also starts a web app at <http://localhost:5173>: log in, list devices, and see what happens to the tokens.
`;

const photos = '| `/photos`, `/photos/:id` | access token | the example resource |\n';

/** Returns the README of a project that begins from the starter. */
export const readme = ({ name, description, isTemplate, hasExample, version }) => `# ${
  isTemplate ? 'A Strapi app with refresh tokens' : name
}

${description || 'A Strapi 5 app with short-lived access tokens and rotating refresh tokens.'}

## Run it

\`\`\`sh
npm install
npm run develop
\`\`\`

This creates or completes \`.env\` with random secrets, and starts the server on SQLite at <http://localhost:1337>. The admin panel is
at <http://localhost:1337/admin>.
${hasExample ? demo : ''}
| Command            | Does                                                    |
| ------------------ | ------------------------------------------------------- |
| \`npm run develop\`  | starts the server, and restarts it after each change     |
| \`npm run build\`    | builds it for production                                |
| \`npm start\`        | starts the built server; set \`NODE_ENV=production\`      |
| \`npm test\`         | runs the tests; needs nothing but Node                  |
| \`npm run validate\` | runs all checks of a change before it is merged         |

## Endpoints

All below \`/api\`. The refresh token is in an \`HttpOnly\` cookie, or in the body where a client asks for that.

| Method and path | Authenticates by | Does |
| --- | --- | --- |
| \`POST /auth/local\` | identifier, password | log in |
| \`POST /auth/local/register\` | – | register |
| \`POST /auth/change-password\`, \`POST /auth/reset-password\` | access token; code | end every session, start a new one |
| \`POST /token/refresh\` | refresh token | get the next pair of tokens |
| \`POST /auth/logout\` | refresh token or access token | end this session, or with \`{"scope":"all"}\` all sessions of the user |
| \`GET /auth/sessions\` | access token | list your own sessions |
| \`DELETE /auth/sessions\`, \`/auth/sessions/:id\` | access token | end all others, or one of them |
${hasExample ? photos : ''}
## Settings

Environment variables, checked at boot: an invalid value stops the server with a message that names it.
[docs/configuration.md](docs/configuration.md) lists all of them.

## Documentation

- [docs/walk.md](docs/walk.md): the API step by step, with curl
- [docs/your-code.md](docs/your-code.md): where to put your own code
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
