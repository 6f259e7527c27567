import { Layout, Problem } from "./Layout.tsx"

interface CodePageProps {
  readonly base: string
  readonly restaurant: string
  /** Where the code is posted: `/sign-in/code`. */
  readonly path: string
  readonly isWrong: boolean
}

export const CodePage = ({ base, isWrong, path, restaurant }: CodePageProps) => (
  <Layout base={base} title="Enter your code">
    {isWrong ? <Problem>This code is not right. Please look again.</Problem> : null}
    <form class="card" method="post" action={`${base}${path}`}>
      <p>We sent a code of six digits to the phone of the owner.</p>
      <label for="code">Code</label>
      <input id="code" name="code" inputmode="numeric" required maxlength={20} autocomplete="one-time-code" />
      <button type="submit">Confirm code</button>
    </form>
    <p class="hint">
      It is on the <a href={`${base}/phone?restaurant=${restaurant}`}>practice phone</a>.
    </p>
  </Layout>
)
