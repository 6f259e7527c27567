/** Certificates for servers of tests, made here because not every machine has the openssl command. */
import { md, pki } from "node-forge"

interface Signed {
  readonly certificate: pki.Certificate
  readonly key: pki.rsa.PrivateKey
}

const DAY = 86_400_000

/** An authority, or a server that one has signed. */
export const makeCertificate = (name: string, authority?: Signed): Signed => {
  const { privateKey: key, publicKey } = pki.rsa.generateKeyPair(2048)
  const certificate = pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = authority === undefined ? "01" : "02"
  certificate.validity.notBefore = new Date(Date.now() - DAY)
  certificate.validity.notAfter = new Date(Date.now() + DAY)
  certificate.setSubject([{ name: "commonName", value: name }])
  certificate.setIssuer((authority?.certificate ?? certificate).subject.attributes)
  const dnsName = { type: 2, value: name }
  certificate.setExtensions([
    authority === undefined ? { name: "basicConstraints", cA: true } : { name: "subjectAltName", altNames: [dnsName] }
  ])
  certificate.sign(authority?.key ?? key, md.sha256.create())
  return { certificate, key }
}
