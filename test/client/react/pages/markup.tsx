/** @jsxImportSource react */
import { renderToString } from "react-dom/server"
import { Gallery, knownJobs } from "./Gallery.tsx"

/** What a server sends before any script runs. */
export const markup = (): string => renderToString(<Gallery queryClient={knownJobs()} />)
