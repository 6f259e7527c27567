/** @jsxImportSource react */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import "callboard/callboard.css"
import { JobsProvider } from "callboard/react"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { client } from "./client.ts"
import { RestaurantSetUp } from "./RestaurantSetUp.tsx"
import { TripGenerator } from "./TripGenerator.tsx"

const queryClient = new QueryClient()

const Page = () => (
  <main className="page">
    <header className="intro">
      <h1>Work that takes minutes</h1>
      <p>
        Each button starts jobs that run in the background. Reload the page, close it, restart the server: the work goes
        on.
      </p>
    </header>
    <div className="tasks">
      <RestaurantSetUp />
      <TripGenerator />
    </div>
  </main>
)

createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <JobsProvider client={client}>
        <Page />
      </JobsProvider>
    </QueryClientProvider>
  </StrictMode>
)
