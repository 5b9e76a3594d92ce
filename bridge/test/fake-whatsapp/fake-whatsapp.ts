/* eslint-disable */
// @ts-nocheck: a first port, so that the session can start; typed and split in the next commits.
import http from 'node:http'
import https from 'node:https'
import { randomBytes, createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { deflateSync } from 'node:zlib'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { WebSocketServer } from 'ws'
import * as libsignal from 'libsignal'
import {
  proto, Curve, signedKeyPair, aesEncryptGCM, aesDecryptGCM, aesEncryptCTR, aesDecryptCTR, derivePairingCodeKey, hkdf, hmacSign, sha256,
  encodeBinaryNode, decodeBinaryNode, encodeBigEndian, generateSignalPubKey, jidDecode, jidEncode, jidNormalizedUser,
  getBinaryNodeChild as child, getBinaryNodeChildren as children, getAllBinaryNodeChildren as kids, getBinaryNodeChildBuffer as cbuf,
  NOISE_MODE, NOISE_WA_HEADER, WA_ADV_ACCOUNT_SIG_PREFIX, WA_ADV_DEVICE_SIG_PREFIX, KEY_BUNDLE_TYPE, S_WHATSAPP_NET,
  writeRandomPadMax16, unpadRandomMax16, getMediaKeys, newLTHashState, encodeSyncdPatch, chatModificationToAppPatch
} from 'baileys'

const now = () => Math.floor(Date.now() / 1000)
const u24 = b => (b[0] << 16) | (b[1] << 8) | b[2]
const be = b => Buffer.from(b).reduce((a, x) => a * 256 + x, 0)
export const lidOf = pn => '2' + pn.padStart(14, '0')
export const pnOfLid = lid => lid.slice(1).replace(/^0+/, '')
const kp = k => ({ privKey: Buffer.from(k.private), pubKey: generateSignalPubKey(Buffer.from(k.public)) })

// ---------------------------------------------------------------- certificate authority (Noise)
// Baileys verifies: leaf.details signed by intermediate.key, intermediate.details signed by WA_CERT_DETAILS.PUBLIC_KEY, issuerSerial === 0.
export function makeCa(seedPriv) {
  const root = seedPriv ? seedPriv : Curve.generateKeyPair()
  return { root, publicHex: Buffer.from(root.public).toString('hex') }
}
/** keep the Noise root stable across restarts (the bridge's test preload pins its public key) */
export function loadCa(file) { if (fs.existsSync(file)) { const j = JSON.parse(fs.readFileSync(file)); return { root: { private: Buffer.from(j.priv, 'hex'), public: Buffer.from(j.pub, 'hex') }, publicHex: j.pub } } const ca = makeCa(); fs.writeFileSync(file, JSON.stringify({ priv: Buffer.from(ca.root.private).toString('hex'), pub: ca.publicHex }), { mode: 0o600 }); return ca }
function certChain(ca, staticPub) {
  const D = proto.CertChain.NoiseCertificate.Details
  const inter = Curve.generateKeyPair()
  const iDet = D.encode({ serial: 1, issuerSerial: 0, key: inter.public, notBefore: 0, notAfter: 4102444800 }).finish()
  const lDet = D.encode({ serial: 2, issuerSerial: 1, key: staticPub, notBefore: 0, notAfter: 4102444800 }).finish()
  return proto.CertChain.encode({
    leaf: { details: lDet, signature: Curve.sign(inter.private, lDet) },
    intermediate: { details: iDet, signature: Curve.sign(ca.root.private, iDet) }
  }).finish()
}

// ---------------------------------------------------------------- Noise responder
class Noise {
  constructor(ca) {
    this.ca = ca; this.buf = Buffer.alloc(0); this.intro = true
    const d = Buffer.from(NOISE_MODE)
    this.hash = d.byteLength === 32 ? d : sha256(d); this.salt = this.enc = this.hash; this.n = 0
    this.auth(NOISE_WA_HEADER)
  }
  auth(x) { this.hash = sha256(Buffer.concat([this.hash, x])) }
  iv(c) { const b = Buffer.alloc(12); b.writeUInt32BE(c, 8); return b }
  hk(d) { const k = Buffer.from(hkdf(Buffer.from(d), 64, { salt: this.salt, info: '' })); return [k.subarray(0, 32), k.subarray(32)] }
  mix(d) { const [w, r] = this.hk(d); this.salt = w; this.enc = r; this.n = 0 }
  e(p) { const r = aesEncryptGCM(p, this.enc, this.iv(this.n++), this.hash); this.auth(r); return r }
  d(c) { const r = aesDecryptGCM(c, this.enc, this.iv(this.n++), this.hash); this.auth(c); return r }
  hello(frame) {
    const { clientHello } = proto.HandshakeMessage.decode(frame)
    this.auth(clientHello.ephemeral)
    this.eph = Curve.generateKeyPair(); const st = Curve.generateKeyPair()
    this.auth(this.eph.public); this.mix(Curve.sharedKey(this.eph.private, clientHello.ephemeral))
    const sEnc = this.e(st.public); this.mix(Curve.sharedKey(st.private, clientHello.ephemeral))
    const payload = this.e(Buffer.from(certChain(this.ca, st.public)))
    return this.frame(proto.HandshakeMessage.encode({ serverHello: { ephemeral: this.eph.public, static: sEnc, payload } }).finish(), true)
  }
  finish(frame) {
    const { clientFinish } = proto.HandshakeMessage.decode(frame)
    const pub = this.d(clientFinish.static); this.mix(Curve.sharedKey(this.eph.private, pub))
    const payload = proto.ClientPayload.decode(this.d(clientFinish.payload))
    const [r, w] = this.hk(Buffer.alloc(0)); this.t = { r, w, rc: 0, wc: 0 } // client writes with [0]
    return { noisePub: pub, payload }
  }
  frame(data, raw) {
    if (!raw) data = aesEncryptGCM(data, this.t.w, this.iv(this.t.wc++), Buffer.alloc(0))
    const h = Buffer.from([data.length >> 16, (data.length >> 8) & 255, data.length & 255]); return Buffer.concat([h, data])
  }
  * frames(chunk) {
    this.buf = this.buf.length ? Buffer.concat([this.buf, chunk]) : chunk
    if (this.intro) {
      if (this.buf.subarray(0, 2).toString() === 'ED') { const l = (this.buf[4] << 16) | this.buf.readUInt16BE(5); this.routing = this.buf.subarray(7, 7 + l); this.buf = this.buf.subarray(7 + l) }
      if (!this.buf.subarray(0, 4).equals(NOISE_WA_HEADER)) throw new Error('bad intro'); this.buf = this.buf.subarray(4); this.intro = false
    }
    while (this.buf.length >= 3 && this.buf.length >= 3 + u24(this.buf)) { const s = u24(this.buf); const f = this.buf.subarray(3, 3 + s); this.buf = this.buf.subarray(3 + s); yield f }
  }
  open(f) { return aesDecryptGCM(f, this.t.r, this.iv(this.t.rc++), Buffer.alloc(0)) }
}

// Real phones use the official libsignal, which never mutates a session on a failed trial decryption. libsignal-node does; do it right here.
class PhoneCipher extends libsignal.SessionCipher {
  async decryptWithSessions(data, sessions) {
    let last = new Error('No sessions available')
    for (const session of sessions) { const b = session.serialize(); try { return { plaintext: await this.doDecryptWhisperMessage(data, session), session } } catch (e) { last = e; for (const k of Object.keys(session)) delete session[k]; Object.assign(session, session.constructor.deserialize(b)) } }
    throw last
  }
}
// ---------------------------------------------------------------- a Signal endpoint owned by the fake (contact device or the account's phone)
class Peer {
  constructor() {
    this.identity = Curve.generateKeyPair(); this.regId = 1 + Math.floor(Math.random() * 16000)
    this.spk = signedKeyPair(this.identity, 1); this.pre = new Map(); this.nextPre = 1; this.sessions = new Map(); this.q = Promise.resolve()
    this.store = {
      loadSession: async id => { const s = this.sessions.get(id); return s && libsignal.SessionRecord.deserialize(s) }, storeSession: async (id, s) => { this.sessions.set(id, s.serialize()) },
      isTrustedIdentity: () => true, loadPreKey: async id => { const k = this.pre.get(Number(id)); return k && kp(k) }, removePreKey: id => this.pre.delete(Number(id)),
      loadSignedPreKey: () => kp(this.spk.keyPair), getOurRegistrationId: () => this.regId, getOurIdentity: () => kp(this.identity)
    }
  }
  lock(fn) { const p = this.q.then(fn, fn); this.q = p.catch(() => {}); return p }
  bundleNode(jid) {
    const id = this.nextPre++; const k = Curve.generateKeyPair(); this.pre.set(id, k)
    return { tag: 'user', attrs: { jid }, content: [
      { tag: 'registration', attrs: {}, content: encodeBigEndian(this.regId) }, { tag: 'type', attrs: {}, content: KEY_BUNDLE_TYPE },
      { tag: 'identity', attrs: {}, content: this.identity.public },
      { tag: 'skey', attrs: {}, content: [{ tag: 'id', attrs: {}, content: encodeBigEndian(this.spk.keyId, 3) }, { tag: 'value', attrs: {}, content: this.spk.keyPair.public }, { tag: 'signature', attrs: {}, content: this.spk.signature }] },
      { tag: 'key', attrs: {}, content: [{ tag: 'id', attrs: {}, content: encodeBigEndian(id, 3) }, { tag: 'value', attrs: {}, content: k.public }] }] }
  }
  addr(dev) { return new libsignal.ProtocolAddress(dev.user, dev.device) }
  encryptTo(dev, plaintext) {
    return this.lock(async () => {
      const a = this.addr(dev); const rec = await this.store.loadSession(a.toString())
      if (!rec || !rec.haveOpenSession()) {
        const [pid, pk] = dev.preKeys.entries().next().value ?? []; if (pid !== undefined) dev.preKeys.delete(pid)
        await new libsignal.SessionBuilder(this.store, a).initOutgoing({ registrationId: dev.regId, identityKey: generateSignalPubKey(dev.ident),
          signedPreKey: { keyId: dev.skey.id, publicKey: generateSignalPubKey(dev.skey.pub), signature: dev.skey.sig }, preKey: pk && { keyId: pid, publicKey: generateSignalPubKey(pk) } })
      }
      const r = await new libsignal.SessionCipher(this.store, a).encrypt(writeRandomPadMax16(plaintext))
      return { tag: 'enc', attrs: { v: '2', type: r.type === 3 ? 'pkmsg' : 'msg' }, content: Buffer.from(r.body, 'binary') }
    })
  }
  decryptFrom(dev, type, ct) {
    return this.lock(async () => {
      const c = new PhoneCipher(this.store, this.addr(dev))
      return unpadRandomMax16(type === 'pkmsg' ? await c.decryptPreKeyWhisperMessage(ct) : await c.decryptWhisperMessage(ct))
    })
  }
}

// ---------------------------------------------------------------- server
export class FakeWhatsApp {
  constructor(o = {}) {
    this.o = { refCount: 6, historySync: true, pairRestart: true, record: true, ...o }
    this.ca = o.ca || makeCa()
    this.accounts = new Map() // pn -> account
    this.contacts = new Map() // pn -> {pn, lid, peer, policy}
    this.pending = new Map() // qr ref -> connection
    this.notOnWhatsApp = new Set(); this.groups = new Map()
    this.messages = [] // accepted outbound messages (from Baileys)
    this.stanzas = []; this.inboundReceipts = []; this.retries = []; this.media = new Map(); this.conns = new Set()
    this.policy = { delivered: true, read: false, delayMs: 0 } // default contact behaviour
    this.onMessage = null // async (ctx) => undefined | 'drop-before-ack' | 'drop-after-ack' | 'no-ack' | {error:'463'}
    this.waiters = []
  }
  async start() {
    const srv = http.createServer((q, s) => this.admin(q, s))
    const wss = new WebSocketServer({ server: srv, path: '/ws/chat', maxPayload: 64 << 20 })
    wss.on('connection', ws => { ws._socket.setNoDelay(true); const c = new Conn(this, ws); this.conns.add(c); ws.on('close', () => { this.conns.delete(c); if (c.dev?.conn === c) c.dev.conn = null; for (const [r, x] of this.pending) if (x === c) this.pending.delete(r) }) })
    await new Promise(r => srv.listen(this.o.port ?? 0, '127.0.0.1', r)); this.srv = srv; this.wss = wss
    this.port = srv.address().port; this.url = `ws://127.0.0.1:${this.port}/ws/chat`
    if (this.o.media !== false) {
      const d = this.o.certDir || fs.mkdtempSync(path.join(os.tmpdir(), 'fakewa-')); fs.mkdirSync(d, { recursive: true })
      if (!fs.existsSync(d + '/c.pem')) execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', d + '/k.pem', '-out', d + '/c.pem', '-days', '3650', '-subj', '/CN=fake-wa-media', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'], { stdio: 'ignore' })
      this.mediaCertPath = d + '/c.pem'; this.mediaCert = fs.readFileSync(d + '/c.pem')
      this.msrv = https.createServer({ key: fs.readFileSync(d + '/k.pem'), cert: this.mediaCert }, (q, s) => this.mediaHttp(q, s))
      await new Promise(r => this.msrv.listen(this.o.mediaPort ?? 0, '127.0.0.1', r)); this.mediaHost = `127.0.0.1:${this.msrv.address().port}`
    }
    return this
  }
  async stop() { for (const c of this.conns) c.ws.terminate(); this.wss.close(); this.msrv?.closeAllConnections?.(); this.msrv?.close(); this.srv.closeAllConnections?.(); await new Promise(r => this.srv.close(r)) }
  // --- state helpers
  account(pn) { let a = this.accounts.get(pn); if (!a) this.accounts.set(pn, a = { pn, lid: lidOf(pn), phone: new Peer(), devices: new Map(), nextDev: 1, name: 'Acct ' + pn, contacts: [], appKey: { keyId: randomBytes(6), keyData: { keyData: randomBytes(32), fingerprint: { rawId: 1, currentIndex: 1, deviceIndexes: [0, 1] }, timestamp: now() } }, coll: {} }); return a }
  contact(pn) { let c = this.contacts.get(pn); if (!c) this.contacts.set(pn, c = { pn, lid: lidOf(pn), peer: new Peer(), policy: null }); return c }
  peerFor(jid, acct) { // -> Peer or companion device record
    const j = jidDecode(jid); const pn = j.server === 'lid' ? pnOfLid(j.user) : j.user; const a = this.accounts.get(pn)
    if (a) return j.device ? { dev: a.devices.get(j.device), a } : { peer: a.phone, a }
    return { peer: this.contact(pn).peer }
  }
  log(ev) { if (this.o.record) this.stanzas.push(ev) ; for (const w of [...this.waiters]) w(); }
  async wait(fn, ms = 10000) { const v = fn(); if (v) return v; return new Promise((res, rej) => { const t = setTimeout(() => { done(); rej(new Error('fake wait timeout')) }, ms); const w = () => { const v = fn(); if (v) { done(); res(v) } }; const done = () => { clearTimeout(t); this.waiters.splice(this.waiters.indexOf(w), 1) }; this.waiters.push(w) }) }
  // --- "phone" actions
  async scan(qr, pn, o = {}) { // phone scans the QR text
    const body = qr.includes('#') ? qr.slice(qr.indexOf('#') + 1) : qr
    const [ref, noiseB64, identB64, advB64] = body.split(',')
    const c = this.pending.get(ref); if (!c) throw new Error('ref expired')
    if (!c.reg.noisePub.equals(Buffer.from(noiseB64, 'base64')) || !Buffer.from(c.reg.ident).equals(Buffer.from(identB64, 'base64'))) throw new Error('qr does not match connection')
    // accounts in WhatsApp's passkey cohort (mid-2026): the server asks the companion for a WebAuthn assertion that Baileys cannot give
    if (o.passkey) return c.send({ tag: 'notification', attrs: { from: S_WHATSAPP_NET, id: 'pk1', type: 'passkey_prologue_request', t: String(now()) }, content: [{ tag: 'passkey_prologue_request', attrs: {} }] })
    return this.linkDevice(c, pn, Buffer.from(advB64, 'base64'), o)
  }
  async linkDevice(c, pn, advSecret, o = {}) {
    const a = this.account(pn); const device = a.nextDev++
    const dev = { user: pn, device, a, noisePub: c.reg.noisePub, ident: c.reg.ident, regId: c.reg.regId, skey: c.reg.skey, preKeys: new Map(), queue: [], keyIndex: device, firstLogin: true }
    const details = proto.ADVDeviceIdentity.encode({ rawId: 12345, timestamp: now(), keyIndex: device, accountType: 0, deviceType: 0 }).finish()
    const accountSignature = Curve.sign(a.phone.identity.private, Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, dev.ident]))
    const signed = proto.ADVSignedDeviceIdentity.encode({ details, accountSignatureKey: a.phone.identity.public, accountSignature }).finish()
    const hmac = o.badHmac ? randomBytes(32) : hmacSign(signed, advSecret)
    const blob = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish()
    const id = 'pair-' + randomBytes(4).toString('hex')
    const replyP = c.expectIq(id)
    await c.send({ tag: 'iq', attrs: { from: S_WHATSAPP_NET, type: 'set', id, xmlns: 'md', t: String(now()) }, content: [{ tag: 'pair-success', attrs: {}, content: [
      { tag: 'device-identity', attrs: {}, content: blob }, { tag: 'device', attrs: { jid: jidEncode(pn, 's.whatsapp.net', device), lid: jidEncode(a.lid, 'lid', device) } },
      { tag: 'platform', attrs: { name: o.platform || 'android' } }, ...(o.bizName ? [{ tag: 'biz', attrs: { name: o.bizName } }] : [])] }] })
    const rep = await replyP
    const sig = proto.ADVSignedDeviceIdentity.decode(cbuf(child(rep, 'pair-device-sign'), 'device-identity'))
    const msg = Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, details, dev.ident, a.phone.identity.public])
    if (!Curve.verify(dev.ident, msg, sig.deviceSignature)) throw new Error('bad device signature')
    a.devices.set(device, dev)
    if (this.o.pairRestart) { await c.send({ tag: 'stream:error', attrs: { code: '515' } }); setTimeout(() => c.ws.close(), 20) }
    return { jid: jidEncode(pn, 's.whatsapp.net', device), lid: jidEncode(a.lid, 'lid', device), device }
  }
  async enterPairingCode(code, pn) { // user types the 8-char code on the phone
    const c = [...this.conns].find(c => c.link && c.link.pn === pn); if (!c) throw new Error('no companion_hello for ' + pn)
    const a = this.account(pn); const w = c.link.wrapped
    const compEph = aesDecryptCTR(w.subarray(48, 80), await derivePairingCodeKey(code, w.subarray(0, 32)), w.subarray(32, 48))
    const eph = Curve.generateKeyPair(); const salt = randomBytes(32), iv = randomBytes(16)
    const wrapped = Buffer.concat([salt, iv, aesEncryptCTR(eph.public, await derivePairingCodeKey(code, salt), iv)])
    const fin = new Promise(r => c.onFinish = r)
    await c.send({ tag: 'notification', attrs: { from: S_WHATSAPP_NET, id: 'lc1', type: 'link_code_companion_reg', t: String(now()) }, content: [{ tag: 'link_code_companion_reg', attrs: { stage: 'primary_hello' }, content: [
      { tag: 'link_code_pairing_wrapped_primary_ephemeral_pub', attrs: {}, content: wrapped }, { tag: 'primary_identity_pub', attrs: {}, content: a.phone.identity.public }, { tag: 'link_code_pairing_ref', attrs: {}, content: c.link.ref }] }] })
    const bundle = await fin
    const shared = Curve.sharedKey(eph.private, compEph)
    const key = hkdf(shared, 32, { salt: bundle.subarray(0, 32), info: 'link_code_pairing_key_bundle_encryption_key' })
    const pl = aesDecryptGCM(bundle.subarray(44), Buffer.from(key), bundle.subarray(32, 44), Buffer.alloc(0)) // throws on a wrong code
    const identShared = Curve.sharedKey(a.phone.identity.private, pl.subarray(0, 32))
    const adv = Buffer.from(hkdf(Buffer.concat([shared, identShared, pl.subarray(64, 96)]), 32, { info: 'adv_secret' }))
    return this.linkDevice(c, pn, adv)
  }
  dev(pn, device) { const a = this.account(pn); return device ? a.devices.get(device) : [...a.devices.values()].at(-1) }
  async unlink(pn, device) { const d = this.dev(pn, device); d.a.devices.delete(d.device); if (d.conn) { await d.conn.send({ tag: 'stream:error', attrs: { code: '401' }, content: [{ tag: 'conflict', attrs: { type: 'device_removed' } }] }); d.conn.ws.close() } }
  // --- towards the client
  async deliver(dev, node) { dev.queue.push(node); if (dev.conn?.ready) await dev.conn.send(node) }
  /** inbound message from a contact. message = proto.IMessage. o: {id, pushName, lid:true, group, plaintext, corrupt} */
  async inbound(pn, fromPn, message, o = {}) {
    const dev = this.dev(pn, o.device); const c = this.contact(fromPn); const id = o.id || '3A' + randomBytes(9).toString('hex').toUpperCase()
    const lid = o.lid ?? false
    const enc = await c.peer.encryptTo(dev, proto.Message.encode(message).finish())
    if (o.corrupt) enc.content = Buffer.from(enc.content.map((x, i) => i > enc.content.length - 4 ? x ^ 255 : x))
    const attrs = { from: lid ? c.lid + '@lid' : fromPn + '@s.whatsapp.net', id, t: String(o.t || now()), type: 'text', notify: o.pushName || 'Contact ' + fromPn,
      addressing_mode: lid ? 'lid' : 'pn', ...(lid ? { sender_pn: fromPn + '@s.whatsapp.net' } : { sender_lid: c.lid + '@lid' }) }
    await this.deliver(dev, { tag: 'message', attrs, content: [enc] }); return id
  }
  /** own phone -> companion, category peer (history sync, key share) */
  async peerMessage(dev, protocolMessage) {
    const enc = await dev.a.phone.encryptTo(dev, proto.Message.encode({ protocolMessage }).finish())
    await this.deliver(dev, { tag: 'message', attrs: { from: dev.a.pn + '@s.whatsapp.net', id: 'P' + randomBytes(8).toString('hex').toUpperCase(), t: String(now()), type: 'protocol', category: 'peer' }, content: [enc] })
  }
  /** user typed a message on their own phone (fromMe echo) */
  async phoneSends(pn, toPn, message, o = {}) {
    const dev = this.dev(pn); const id = o.id || '3A' + randomBytes(9).toString('hex').toUpperCase()
    const enc = await dev.a.phone.encryptTo(dev, proto.Message.encode({ deviceSentMessage: { destinationJid: toPn + '@s.whatsapp.net', message } }).finish())
    await this.deliver(dev, { tag: 'message', attrs: { from: pn + '@s.whatsapp.net', recipient: toPn + '@s.whatsapp.net', id, t: String(now()), type: 'text' }, content: [enc] }); return id
  }
  async historySync(dev, { conversations = [], pushnames = [], mappings = [], syncType, progress = 100 } = {}) {
    const HS = proto.HistorySync.HistorySyncType
    syncType = syncType ?? HS.INITIAL_BOOTSTRAP
    const payload = deflateSync(Buffer.from(proto.HistorySync.encode({ syncType, conversations, pushnames, progress, phoneNumberToLidMappings: mappings }).finish()))
    await this.peerMessage(dev, { type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification: { syncType, chunkOrder: 1, progress, initialHistBootstrapInlinePayload: payload } })
  }
  async appStateContact(a, pn, name) { // contact saved in the phone's address book -> syncd patch
    const p = chatModificationToAppPatch({ contact: { fullName: name, firstName: name.split(' ')[0], saveOnPrimaryAddressbook: true, lidJid: lidOf(pn) + '@lid' } }, pn + '@s.whatsapp.net')
    const col = a.coll[p.type] ||= { state: newLTHashState(), patches: [] }
    const { patch, state } = await encodeSyncdPatch(p, a.appKey.keyId.toString('base64'), col.state, async () => a.appKey.keyData)
    col.state = state; col.patches.push(Buffer.from(proto.SyncdPatch.encode({ ...patch, version: { version: state.version } }).finish()))
    return p.type
  }
  async onFirstLogin(dev) {
    if (!this.o.historySync) return
    const a = dev.a
    await this.peerMessage(dev, { type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [{ keyId: { keyId: a.appKey.keyId }, keyData: a.appKey.keyData }] } })
    for (const c of a.contacts) await this.appStateContact(a, c.pn, c.name)
    await this.historySync(dev, { conversations: a.contacts.map(c => ({ id: c.pn + '@s.whatsapp.net', lidJid: lidOf(c.pn) + '@lid', displayName: c.name, conversationTimestamp: now() })), mappings: a.contacts.map(c => ({ pnJid: c.pn + '@s.whatsapp.net', lidJid: lidOf(c.pn) + '@lid' })) })
    await this.historySync(dev, { syncType: proto.HistorySync.HistorySyncType.PUSH_NAME, pushnames: a.contacts.map(c => ({ id: c.pn + '@s.whatsapp.net', pushname: c.name.split(' ')[0] })) })
    await this.historySync(dev, { syncType: proto.HistorySync.HistorySyncType.RECENT })
  }
  async receipt(dev, fromJid, ids, type, o = {}) {
    const [id, ...rest] = ids
    await this.deliver(dev, { tag: 'receipt', attrs: { from: fromJid, id, t: String(now()), ...(type ? { type } : {}), ...(o.participant ? { participant: o.participant } : {}), ...(o.recipient ? { recipient: o.recipient } : {}) }, ...(rest.length ? { content: [{ tag: 'list', attrs: {}, content: rest.map(id => ({ tag: 'item', attrs: { id } })) }] } : {}) })
  }
  /** contact device could not decrypt -> asks for resend ("waiting for this message") */
  async requestRetry(dev, fromPn, id, count = 1) {
    const c = this.contact(fromPn); c.peer.sessions.delete(new libsignal.ProtocolAddress(dev.user, dev.device).toString()); for (const r of dev.seen?.values() || []) if (r.id === id) r.awaitRetry = true
    await this.deliver(dev, { tag: 'receipt', attrs: { from: fromPn + '@s.whatsapp.net', id, type: 'retry', t: String(now()) }, content: [{ tag: 'retry', attrs: { count: String(count), id, t: String(now()), v: '1' } }, { tag: 'registration', attrs: {}, content: encodeBigEndian(c.peer.regId) }] })
  }
  // --- media host
  mediaHttp(q, s) {
    const u = new URL(q.url, 'https://x')
    if (q.method === 'POST') {
      const bufs = []; q.on('data', b => bufs.push(b)); q.on('end', () => {
        if (this.mediaFail) { s.statusCode = this.mediaFail; return s.end('{}') }
        const blob = Buffer.concat(bufs); const h = createHash('sha256').update(blob).digest(); const tok = u.searchParams.get('token')
        if (h.toString('base64url') !== tok.replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_')) { s.statusCode = 400; return s.end('{"error":"hash"}') }
        const dp = '/v/t62.fake/' + h.toString('hex') + '.enc'; this.media.set(dp, blob); this.log({ kind: 'upload', path: u.pathname, bytes: blob.length })
        s.setHeader('content-type', 'application/json'); s.end(JSON.stringify({ url: `https://${this.mediaHost}${dp}`, direct_path: dp }))
      })
    } else { const b = this.media.get(u.pathname); if (!b) { s.statusCode = 410; return s.end() } s.end(b) }
  }
  async decryptMedia(m, type) { const blob = this.media.get(new URL('https://x' + m.directPath).pathname); const { iv, cipherKey } = await getMediaKeys(m.mediaKey, type); const { createDecipheriv } = await import('node:crypto'); const d = createDecipheriv('aes-256-cbc', cipherKey, iv); return Buffer.concat([d.update(blob.subarray(0, -10)), d.final()]) }
  async putMedia(buf, type) { // phone/contact uploads media -> fields for an inbound media message
    const mediaKey = randomBytes(32); const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, type); const { createCipheriv, createHmac } = await import('node:crypto')
    const c = createCipheriv('aes-256-cbc', cipherKey, iv); const enc = Buffer.concat([c.update(buf), c.final()]); const mac = createHmac('sha256', macKey).update(iv).update(enc).digest().subarray(0, 10)
    const blob = Buffer.concat([enc, mac]); const h = sha256(blob); const dp = '/v/t62.fake/' + h.toString('hex') + '.enc'; this.media.set(dp, blob)
    return { url: `https://${this.mediaHost}${dp}`, directPath: dp, mediaKey, fileEncSha256: h, fileSha256: sha256(buf), fileLength: buf.length, mediaKeyTimestamp: now() }
  }
  // --- admin HTTP (for non-JS test suites)
  async admin(q, s) {
    const b = []; for await (const x of q) b.push(x); const u = new URL(q.url, 'http://x'); let r
    try {
      const j = b.length ? JSON.parse(Buffer.concat(b)) : {}
      switch (q.method + ' ' + u.pathname) {
        case 'POST /admin/scan': r = await this.scan(j.qr, j.phone, j); break
        case 'POST /admin/pairing-code': r = await this.enterPairingCode(j.code, j.phone); break
        case 'POST /admin/account': Object.assign(this.account(j.phone), { contacts: j.contacts || [], name: j.name || 'x' }); r = {}; break
        case 'POST /admin/inbound': r = { id: await this.inbound(j.to, j.from, j.message || { conversation: j.text }, j) }; break
        case 'POST /admin/receipt': await this.receipt(this.dev(j.to), j.from, j.ids, j.type, j); r = {}; break
        case 'POST /admin/policy': if (j.contact) this.contact(j.contact).policy = j.policy; else Object.assign(this.policy, j.policy); r = {}; break
        case 'POST /admin/unlink': await this.unlink(j.phone); r = {}; break
        case 'POST /admin/drop': for (const c of this.conns) if (!j.phone || c.dev?.user === j.phone) c.ws.terminate(); r = {}; break
        case 'POST /admin/not-on-whatsapp': j.phones.forEach(p => this.notOnWhatsApp.add(p)); r = {}; break
        case 'GET /admin/messages': r = this.messages.map(({ dev, ...m }) => m); break
        case 'GET /admin/count': r = { messages: this.messages.length, errs: this.messages.filter(m => m.errs?.length).length, conns: this.conns.size }; break
        case 'GET /admin/ca': r = { publicHex: this.ca.publicHex, mediaCertPath: this.mediaCertPath }; break
        default: s.statusCode = 404; r = { error: 'not found' }
      }
    } catch (e) { s.statusCode = 400; r = { error: e.message } }
    s.setHeader('content-type', 'application/json'); s.end(JSON.stringify(r))
  }
}

// ---------------------------------------------------------------- one websocket connection
class Conn {
  constructor(f, ws) {
    this.f = f; this.ws = ws; this.noise = new Noise(f.ca); this.st = 0; this.iqs = new Map(); this.q = Promise.resolve()
    ws.on('message', d => { this.q = this.q.then(() => this.data(d)).catch(e => { f.lastError = e; if (process.env.FAKE_DEBUG) console.error('fake', e); ws.close() }) }); ws.on('error', () => {})
  }
  async send(n) { if (this.ws.readyState === 1) this.ws.send(this.noise.frame(encodeBinaryNode(n))) }
  expectIq(id, ms = 10000) { return new Promise((r, j) => { const t = setTimeout(() => j(new Error('iq timeout ' + id)), ms); this.iqs.set(id, n => { clearTimeout(t); r(n) }) }) }
  async data(d) {
    for (const fr of this.noise.frames(d)) {
      if (this.st === 0) { this.ws.send(this.noise.hello(fr)); this.st = 1; continue }
      if (this.st === 1) { this.st = 2; await this.login(this.noise.finish(fr)); continue }
      await this.node(await decodeBinaryNode(this.noise.open(fr)))
    }
  }
  async login({ noisePub, payload }) {
    const f = this.f
    this.payload = payload
    if (f.o.failure) { const r = typeof f.o.failure === 'function' ? f.o.failure(payload) : f.o.failure; if (r) { await this.send({ tag: 'failure', attrs: { reason: String(r), location: 'fake' } }); return this.ws.close() } }
    if (payload.devicePairingData?.eIdent?.length) {
      const p = payload.devicePairingData
      this.reg = { noisePub, ident: Buffer.from(p.eIdent), regId: be(p.eRegid), skey: { id: be(p.eSkeyId), pub: Buffer.from(p.eSkeyVal), sig: Buffer.from(p.eSkeySig) } }
      if (!Curve.verify(this.reg.ident, generateSignalPubKey(this.reg.skey.pub), this.reg.skey.sig)) throw new Error('bad signed prekey')
      const refs = Array.from({ length: f.o.refCount }, () => '2@' + randomBytes(24).toString('base64').replace(/[,#]/g, 'x'))
      for (const r of refs) f.pending.set(r, this)
      return this.send({ tag: 'iq', attrs: { from: S_WHATSAPP_NET, type: 'set', id: 'pd-' + randomBytes(3).toString('hex'), xmlns: 'md' }, content: [{ tag: 'pair-device', attrs: {}, content: refs.map(r => ({ tag: 'ref', attrs: {}, content: Buffer.from(r) })) }] })
    }
    const pn = String(payload.username); const dev = f.accounts.get(pn)?.devices.get(payload.device || 0)
    if (!dev || !dev.noisePub.equals(noisePub)) { await this.send({ tag: 'failure', attrs: { reason: '401', location: 'fake' } }); return this.ws.close() }
    if (dev.conn) { const old = dev.conn; await old.send({ tag: 'stream:error', attrs: {}, content: [{ tag: 'conflict', attrs: { type: 'replaced' } }] }); old.ws.close() }
    dev.conn = this; this.dev = dev; dev.logins = (dev.logins || 0) + 1
    await this.send({ tag: 'success', attrs: { t: String(now()), props: '27', location: 'fake', lid: jidEncode(dev.a.lid, 'lid', dev.device), display_name: dev.a.name } })
    if (f.o.edgeRouting) await this.send({ tag: 'ib', attrs: {}, content: [{ tag: 'edge_routing', attrs: {}, content: [{ tag: 'routing_info', attrs: {}, content: randomBytes(8) }] }] })
  }
  res(n, content, extra = {}) { return this.send({ tag: 'iq', attrs: { from: n.attrs.to || S_WHATSAPP_NET, id: n.attrs.id, type: 'result', t: String(now()), ...extra }, ...(content ? { content } : {}) }) }
  err(n, code, text) { return this.send({ tag: 'iq', attrs: { from: n.attrs.to || S_WHATSAPP_NET, id: n.attrs.id, type: 'error' }, content: [{ tag: 'error', attrs: { code: String(code), text } }] }) }
  async node(n) {
    const f = this.f; f.log({ dir: 'in', dev: this.dev && `${this.dev.user}:${this.dev.device}`, tag: n.tag, attrs: n.attrs, child: kids(n)[0]?.tag })
    if (n.tag === 'iq') { const w = this.iqs.get(n.attrs.id); if (w && n.attrs.type === 'result') { this.iqs.delete(n.attrs.id); return w(n) } return this.iq(n) }
    if (n.tag === 'message') return this.message(n)
    if (n.tag === 'receipt') {
      const ids = [n.attrs.id, ...children(kids(n)[0], 'item').map(i => i.attrs.id)]
      this.dev.queue = this.dev.queue.filter(q => !(q.tag === 'message' && ids.includes(q.attrs.id)))
      ;(n.attrs.type === 'retry' ? f.retries : f.inboundReceipts).push({ type: n.attrs.type, ids, to: n.attrs.to, count: child(n, 'retry')?.attrs.count, keys: !!child(n, 'keys') }); f.log({ kind: 'receipt' })
      return this.send({ tag: 'ack', attrs: { class: 'receipt', id: n.attrs.id, from: n.attrs.to, ...(n.attrs.type ? { type: n.attrs.type } : {}) } })
    }
    if (n.tag === 'ack') { this.dev.queue = this.dev.queue.filter(q => q.attrs.id !== n.attrs.id || (q.tag !== n.attrs.class)); f.log({ kind: 'ack' }); return }
    if (n.tag === 'ib' && child(n, 'offline_batch')) return this.flushOffline()
  }
  async flushOffline() { const q = [...this.offline || []]; this.offline = []; for (const m of q) await this.send({ ...m, attrs: { ...m.attrs, offline: '1' } }); await this.send({ tag: 'ib', attrs: {}, content: [{ tag: 'offline', attrs: { count: String(q.length) } }] }) }
  async afterActive() {
    const d = this.dev; this.ready = true; this.offline = [...d.queue]
    if (this.offline.length) await this.send({ tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs: { count: String(this.offline.length), message: String(this.offline.length), receipt: '0', notification: '0', appdata: '0' } }] })
    else await this.flushOffline()
    if (d.firstLogin) { d.firstLogin = false; await this.f.onFirstLogin(d) }
  }
  async iq(n) {
    const f = this.f, d = this.dev, c = kids(n)[0], x = n.attrs.xmlns
    if (f.o.ignoreIq?.(n)) return
    if (x === 'w:p' || c?.tag === 'ping') return f.o.ignorePing ? undefined : this.res(n)
    if (x === 'encrypt') {
      if (c.tag === 'count') return this.res(n, [{ tag: 'count', attrs: { value: String(d.preKeys.size) } }])
      if (c.tag === 'digest') return this.res(n, [{ tag: 'digest', attrs: {} }])
      if (c.tag === 'rotate') { const s = child(c, 'skey'); d.skey = { id: be(cbuf(s, 'id')), pub: cbuf(s, 'value'), sig: cbuf(s, 'signature') }; return this.res(n) }
      if (n.attrs.type === 'set') { for (const k of children(child(n, 'list'), 'key')) d.preKeys.set(be(cbuf(k, 'id')), Buffer.from(cbuf(k, 'value'))); const s = child(n, 'skey'); if (s) d.skey = { id: be(cbuf(s, 'id')), pub: Buffer.from(cbuf(s, 'value')), sig: Buffer.from(cbuf(s, 'signature')) }; return this.res(n) }
      return this.res(n, [{ tag: 'list', attrs: {}, content: children(child(n, 'key'), 'user').map(u => { const p = f.peerFor(u.attrs.jid); if (p.peer) return p.peer.bundleNode(u.attrs.jid)
        const t = p.dev; if (!t) return { tag: 'user', attrs: { jid: u.attrs.jid }, content: [{ tag: 'error', attrs: { code: '404', text: 'item-not-found' } }] }
        const [pid, pk] = t.preKeys.entries().next().value ?? []; t.preKeys.delete(pid)
        return { tag: 'user', attrs: { jid: u.attrs.jid }, content: [{ tag: 'registration', attrs: {}, content: encodeBigEndian(t.regId) }, { tag: 'type', attrs: {}, content: KEY_BUNDLE_TYPE }, { tag: 'identity', attrs: {}, content: t.ident }, { tag: 'skey', attrs: {}, content: [{ tag: 'id', attrs: {}, content: encodeBigEndian(t.skey.id, 3) }, { tag: 'value', attrs: {}, content: t.skey.pub }, { tag: 'signature', attrs: {}, content: t.skey.sig }] }, ...(pk ? [{ tag: 'key', attrs: {}, content: [{ tag: 'id', attrs: {}, content: encodeBigEndian(pid, 3) }, { tag: 'value', attrs: {}, content: pk }] }] : [])] } }) }])
    }
    if (x === 'passive') { await this.res(n); if (c.tag === 'active') await this.afterActive(); return }
    if (x === 'usync') {
      const us = child(n, 'usync'), q = kids(child(us, 'query')).map(k => k.tag)
      const list = children(child(us, 'list'), 'user').map(u => {
        let pn, reqJid = u.attrs.jid
        if (reqJid) { const j = jidDecode(reqJid); pn = j.server === 'lid' ? pnOfLid(j.user) : j.user } else pn = (child(u, 'contact')?.content?.toString() || '').replace(/\D/g, '')
        const a = f.accounts.get(pn), exists = !f.notOnWhatsApp.has(pn)
        const content = []
        if (q.includes('contact')) content.push({ tag: 'contact', attrs: { type: exists ? 'in' : 'out' } })
        if (q.includes('devices')) content.push({ tag: 'devices', attrs: {}, content: [{ tag: 'device-list', attrs: { hash: '2:x' }, content: exists ? [{ tag: 'device', attrs: { id: '0' } }, ...[...(a?.devices.values() || [])].map(v => ({ tag: 'device', attrs: { id: String(v.device), 'key-index': String(v.keyIndex) } }))] : [] }] })
        if (q.includes('lid') && exists) content.push({ tag: 'lid', attrs: { val: lidOf(pn) + '@lid' } })
        return { tag: 'user', attrs: { jid: reqJid ? jidNormalizedUser(reqJid) : pn + '@s.whatsapp.net' }, content }
      })
      return this.res(n, [{ tag: 'usync', attrs: { index: '0', last: 'true', sid: us.attrs.sid || '1', mode: us.attrs.mode || 'query' }, content: [{ tag: 'list', attrs: {}, content: list }] }])
    }
    if (x === 'abt') return this.res(n, [{ tag: 'props', attrs: { hash: 'h' }, content: [] }])
    if (x === 'blocklist') return this.res(n, [{ tag: 'list', attrs: {}, content: [] }])
    if (x === 'privacy') return c?.tag === 'privacy' ? this.res(n, [{ tag: 'privacy', attrs: {}, content: [{ tag: 'category', attrs: { name: 'readreceipts', value: 'all' } }] }]) : this.res(n)
    if (x === 'w:m') return this.res(n, [{ tag: 'media_conn', attrs: { auth: 'fake-auth', ttl: '3600', auth_ttl: '21600', max_buckets: '12' }, content: [{ tag: 'host', attrs: { hostname: f.mediaHost || '127.0.0.1:9', maxContentLengthBytes: '104857600' } }] }])
    if (x === 'w:sync:app:state') return this.res(n, [{ tag: 'sync', attrs: {}, content: children(child(n, 'sync'), 'collection').map(k => { const col = d.a.coll[k.attrs.name], v = +k.attrs.version || 0; const ps = col ? col.patches.slice(v) : []; return { tag: 'collection', attrs: { name: k.attrs.name, type: 'result', version: String(col?.patches.length || 0) }, ...(ps.length ? { content: [{ tag: 'patches', attrs: {}, content: ps.map(p => ({ tag: 'patch', attrs: {}, content: p })) }] } : {}) } }) }])
    if (x === 'w:g2') {
      const g = f.groups.get(n.attrs.to), gn = (id, g) => ({ tag: 'group', attrs: { id: id.split('@')[0], subject: g.subject, creation: '1', s_t: '1', s_o: '', addressing_mode: g.mode || 'pn', size: String(g.participants.length) }, content: g.participants.map(p => ({ tag: 'participant', attrs: { jid: p + '@s.whatsapp.net', lid: lidOf(p) + '@lid' } })) })
      if (c?.tag === 'participating') return this.res(n, [{ tag: 'groups', attrs: {}, content: [...f.groups].map(([id, g]) => gn(id, g)) }])
      return g ? this.res(n, [gn(n.attrs.to, g)]) : this.err(n, 404, 'item-not-found')
    }
    if (x === 'md') {
      if (c.tag === 'remove-companion-device') { await this.res(n); if (d) { d.a.devices.delete(d.device); d.loggedOut = true } f.log({ kind: 'logout' }); return }
      if (c.tag === 'link_code_companion_reg') {
        if (c.attrs.stage === 'companion_hello') { this.link = { pn: jidDecode(c.attrs.jid).user, wrapped: Buffer.from(cbuf(c, 'link_code_pairing_wrapped_companion_ephemeral_pub')), ref: Buffer.from('ref' + randomBytes(4).toString('hex')) }; f.log({ kind: 'companion_hello' }); return this.res(n, [{ tag: 'link_code_companion_reg', attrs: { stage: 'companion_hello' }, content: [{ tag: 'link_code_pairing_ref', attrs: {}, content: this.link.ref }] }]) }
        await this.res(n); return this.onFinish?.(Buffer.from(cbuf(c, 'link_code_pairing_wrapped_key_bundle')))
      }
    }
    if (x === 'w:mex') return this.err(n, 501, 'feature-not-implemented')
    return this.res(n)
  }
  async message(n) {
    const f = this.f, d = this.dev, id = n.attrs.id, to = n.attrs.to
    const key = `${d.user}|${to}|${id}`; d.seen ||= new Map()
    const targets = [...children(child(n, 'participants'), 'to')], direct = child(n, 'enc')
    const act = (await f.onMessage?.({ id, to, dev: d, conn: this, node: n, duplicate: d.seen.has(key) }))
    if (act === 'drop-before-ack') { f.log({ kind: 'dropped', id }); return this.ws.terminate() } // server never processed it
    let rec = d.seen.get(key); const isDup = !!rec && !direct?.attrs.count && !rec.awaitRetry
    if (act?.error) { f.messages.push({ id, from: d.user, to, rejected: act.error, at: Date.now() }); f.log({ kind: 'nack', id }); return this.send({ tag: 'ack', attrs: { class: 'message', id, from: to, t: String(now()), error: String(act.error) } }) }
    if (!isDup) {
      let text, msg, errs = []
      if (f.o.decrypt !== false) for (const t of [...targets, ...(direct && direct.attrs.type !== 'skmsg' ? [{ attrs: { jid: to }, content: [direct] }] : [])]) {
        const p = f.peerFor(t.attrs.jid); if (!p.peer) { if (p.dev && p.dev !== d) await f.deliver(p.dev, { tag: 'message', attrs: { from: jidEncode(d.user, 's.whatsapp.net', d.device), id, t: String(now()), type: 'text', notify: d.a.name, sender_lid: d.a.lid + '@lid', ...(p.a === d.a ? { recipient: to } : {}) }, content: [t.content[0]] }); continue }
        try { const m = proto.Message.decode(await p.peer.decryptFrom(d, t.content[0].attrs.type, Buffer.from(t.content[0].content))); if (p.a !== d.a || n.attrs.category === 'peer') msg = m; else if (!msg) msg = m.deviceSentMessage?.message } catch (e) { errs.push(`${t.attrs.jid}: ${e.message}`) }
      }
      text = msg?.conversation || msg?.extendedTextMessage?.text
      if (rec) { rec.awaitRetry = false; rec.retries = (rec.retries || 0) + 1; rec.text ||= text; rec.retryText = text; rec.retryErrs = errs; if (text !== undefined) rec.errsBefore = rec.errs, rec.errs = errs }
      else { rec = { id, from: d.user, to, type: n.attrs.type, text, message: msg, devices: targets.map(t => t.attrs.jid), errs, at: Date.now(), count: 1, dev: d }; d.seen.set(key, rec); f.messages.push(rec) }
    } else rec.count++
    f.log({ kind: 'message', id })
    if (act === 'no-ack') return
    await this.send({ tag: 'ack', attrs: { class: 'message', id, from: to, t: String(now()) } })
    if (act === 'drop-after-ack') { setTimeout(() => this.ws.terminate(), 5); return }
    if (isDup || n.attrs.category === 'peer') return
    const j = jidDecode(to), pn = j.server === 'lid' ? pnOfLid(j.user) : j.user
    if (j.server === 'g.us') { const g = f.groups.get(to); if (g && f.policy.delivered) setTimeout(async () => { for (const p of g.participants) if (p !== d.user) { await f.receipt(d, to, [id], undefined, { participant: p + '@s.whatsapp.net' }); if (f.policy.read) await f.receipt(d, to, [id], 'read', { participant: p + '@s.whatsapp.net' }) } }, f.policy.delayMs); return }
    if (f.accounts.has(pn)) return
    const pol = f.contact(pn).policy || f.policy
    if (rec.errs.some(e => e.startsWith(pn) || e.startsWith(lidOf(pn))) && pol.autoRetry !== false && (rec.retries || 0) < 5) return f.requestRetry(d, pn, id, (rec.retries || 0) + 1)
    const go = async () => { if (pol.delivered) await f.receipt(d, to, [id]); if (pol.read) await f.receipt(d, to, [id], 'read'); if (pol.reply) await f.inbound(d.user, pn, { conversation: pol.reply }, { device: d.device }) }
    pol.delayMs ? setTimeout(go, pol.delayMs) : await go()
  }
}

