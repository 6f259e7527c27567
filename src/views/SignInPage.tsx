import { Icon } from "./components/Icon.tsx"

export interface SignInPageProps {
  /** Where to go afterwards. */
  readonly back: string
  /** The server takes tokens of another system too. */
  readonly takesTokens: boolean
  /** Why the last try failed. */
  readonly problem?: string
}

export const SignInPage = ({ back, problem, takesTokens }: SignInPageProps) => (
  <div class="sign-in">
    <h1>Sign in</h1>
    <p class="lead">
      {takesTokens
        ? "Paste an API key, or a token of the system that you sign in to otherwise."
        : "Paste an API key. An admin of your organisation can make one for you."}
    </p>
    {/* Sent to the address of the page, so that the place in a page which a link names (#l3) outlives the sign-in. */}
    <form class="form" method="post">
      <input type="hidden" name="back" value={back} />
      <div class="field">
        <label for="credential">{takesTokens ? "Key or token" : "Key"}</label>
        <input
          class="box-input"
          id="credential"
          name="credential"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          spellcheck={false}
          aria-invalid={problem === undefined ? undefined : "true"}
          aria-describedby={problem === undefined ? "credential-hint" : "credential-hint credential-error"}
        />
        <p class="field-hint" id="credential-hint">
          A key starts with <code>cb_</code>.
        </p>
        {problem !== undefined && (
          <p class="field-error" id="credential-error" role="alert">
            {problem}
          </p>
        )}
      </div>
      <div class="buttons">
        <button type="submit" class="button button-primary">
          Sign in
        </button>
      </div>
    </form>
    <p class="muted note">
      <Icon name="lock" /> You stay signed in on this browser for up to a week, or until the key is revoked.
    </p>
  </div>
)
