/* Words of contacts that can be reached; keys as in contacts.zh.ts. */
import type { contactsZh } from './contacts.zh'

export const contactsEn: Record<keyof typeof contactsZh, string> = {
  'reach.reachable': 'Reachable', 'reach.due': 'To be verified', 'reach.unproven': 'Not proven in time', 'reach.dead': 'Number dead',
  'reach.state': 'Reachable?',
  'reach.when': 'Verified',
  'reach.due_at': 'Proof due',
  'reach.never': 'never verified',
  'reach.by.desk': 'verified {time} by {who}', 'reach.by.key': 'proved it by a key in a call, {time}', 'reach.by.link': 'proved it on the page of a link, {time}',
  'reach.until': 'valid until {time}',
  'reach.until.first': 'to be verified by {time}',
  'reach.asked': 'asked to prove it {time}',
  'reach.dead.why': '{time}, the network said: {why}',
  'reach.list': 'As a list',
  'reach.verify': 'Verified now',
  'reach.verify.title': 'Verify contact {name}',
  'reach.verify.consequence': 'Call {phone} first and make sure that it is he who answers; then say so here. Who verified it, and when, is kept; it holds for 90 days. A text that was delivered is no proof.',
  'reach.verify.done': 'Reached him',
  'reg.sort.proof_due_at': 'Proof due', 'reg.sort.-proof_due_at': 'Proof due, latest first',
  'flag.contact_dead': 'Number dead', 'flag.contact_unproven': 'Contact not proven', 'flag.unit_unreachable': 'Unit unreachable',
  'm.reach.title': 'Fire contact', 'm.reach.ask': 'You are entered as a fire contact of these units. This number is called when it burns.', 'm.reach.mine': 'It is me, I can be called', 'm.reach.not': 'Not me, or a wrong number', 'm.reach.not.sure': 'Press again: this number is not to be called any more', 'm.reach.thanks': 'Confirmed for 90 days', 'm.reach.thanks.next': 'Thank you. Please answer when it rings.', 'm.reach.refused': 'Noted; somebody will look into it', 'm.reach.gone': 'This link is not valid any more', 'm.reach.gone.next': 'If another message came, open the link in that one.',
  'act.contact.verified': 'Contact verified',
}
