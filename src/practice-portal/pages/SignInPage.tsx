import { PRACTICE_EMAIL, PRACTICE_PASSWORD } from "../data/Sessions.ts"
import { Layout, Notice, Problem } from "./Layout.tsx"

interface SignInPageProps {
  readonly base: string
  readonly restaurant: string
  readonly email: string
  readonly hasEnded: boolean
  readonly problem?: string | undefined
}

export const SignInPage = ({ base, email, hasEnded, problem, restaurant }: SignInPageProps) => (
  <Layout base={base} title="Sign in">
    {hasEnded ? <Notice>Your session has ended. Please sign in again.</Notice> : null}
    {problem === undefined ? null : <Problem>{problem}</Problem>}
    <form class="card" method="post" action={`${base}/sign-in`}>
      <label for="restaurantId">Restaurant ID</label>
      <input id="restaurantId" name="restaurantId" value={restaurant} required maxlength={64} autocomplete="off" />
      <label for="email">E-mail</label>
      <input id="email" name="email" type="email" value={email} required maxlength={200} autocomplete="username" />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" required maxlength={200} autocomplete="current-password" />
      <button type="submit">Sign in</button>
    </form>
    <p>
      New here? <a href={`${base}/register`}>Register a restaurant</a>
    </p>
    <p class="hint">
      Any restaurant id works, for example <code>trattoria-roma</code>. The e-mail is <code>{PRACTICE_EMAIL}</code> and
      the password <code>{PRACTICE_PASSWORD}</code>.
    </p>
  </Layout>
)
