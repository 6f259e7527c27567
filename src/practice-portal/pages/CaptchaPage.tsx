import { Layout } from "./Layout.tsx"

/** The fault "captcha": a page that no script gets past. */
export const CaptchaPage = ({ base }: { readonly base: string }) => (
  <Layout base={base} title="Are you a person?">
    <form class="card">
      <p>Something looks like a robot here. Please show that you are a person, then go on.</p>
      <label class="choice">
        <input type="checkbox" name="person" /> I am not a robot
      </label>
    </form>
  </Layout>
)
