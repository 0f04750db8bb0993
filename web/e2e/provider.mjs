/* A certified OpenID provider on this machine, for tests: `node provider.mjs PORT REDIRECT_URI`.
 *
 * Whoever logs in is who he says, with any password. The login says the groups too: `vera+a+b` is
 * vera, of the groups a and b. Prints `ready` once it listens. */
import Provider from 'oidc-provider'

const [port, redirectUri] = process.argv.slice(2)
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'wayside',
      client_secret: 'a secret: of 100% & more',
      redirect_uris: [redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
  findAccount: (_context, id) => {
    const [name, ...groups] = id.split('+')
    const email = `${name}@example.org`
    return { accountId: id, claims: () => ({ sub: id, preferred_username: name, groups, email }) }
  },
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
