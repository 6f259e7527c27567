/** @jsxImportSource react */
import { hydrateRoot } from "react-dom/client"
import { Gallery, knownJobs } from "./Gallery.tsx"

hydrateRoot(document.getElementById("root")!, <Gallery queryClient={knownJobs()} />)
