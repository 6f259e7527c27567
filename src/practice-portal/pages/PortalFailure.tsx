/** What the portal shows when it answers with an error of its own. */
import { Layout } from "./Layout.tsx"

export const PortalFailure = ({ base }: { readonly base: string }) => (
  <Layout base={base} title="Something went wrong">
    <p>The back office could not answer. Please try again in a moment.</p>
    <p>
      <a href={`${base}/`}>Back to the start</a>
    </p>
  </Layout>
)

export const PageNotFound = ({ base, restaurant }: { readonly base: string; readonly restaurant?: string }) => (
  <Layout base={base} title="Page not found" restaurant={restaurant}>
    <p>There is no such page here.</p>
    <p>
      <a href={`${base}/`}>Back to the start</a>
    </p>
  </Layout>
)
