/* Who is signed in: asked once, then kept until the server says otherwise. */
import { ApiError, get, onSignedOut, send } from './api'
import type { Role, Session } from './types'

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }

class SessionState {
  state: 'asking' | 'out' | 'in' | 'unreachable' = $state('asking')
  user = $state('')
  role: Role = $state('viewer')
  mustCreateUser = $state(false)

  constructor() {
    onSignedOut(() => {
      if (this.state === 'in') this.state = 'out'
    })
  }

  may(role: Role): boolean {
    return RANK[this.role] >= RANK[role]
  }

  async ask(): Promise<void> {
    try {
      this.accept(await get<Session>('/session'))
    } catch (error) {
      this.state = error instanceof ApiError && error.status === 0 ? 'unreachable' : 'out'
    }
  }

  async signIn(body: { user: string; password: string } | { link: string }): Promise<void> {
    const answer = await send<Session | undefined>('POST', '/session', body)
    if (answer?.role) this.accept(answer)
    else await this.ask()
  }

  async signOut(): Promise<void> {
    try {
      await send('DELETE', '/session')
      this.state = 'out'
    } catch {
      // Not reached, or signed out already: only the server knows which.
      await this.ask()
    }
  }

  private accept(session: Session): void {
    this.user = session.user
    this.role = session.role
    this.mustCreateUser = session.must_create_user
    this.state = 'in'
  }
}

export const session = new SessionState()
