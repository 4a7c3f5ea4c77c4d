/* Words of work orders, in English. */
import type { workZh } from './work.zh'

export const workEn: Record<keyof typeof workZh, string> = {
  'nav.work': 'Work orders', 'nav.attention': 'Attention',
  'work.search': 'Unit, building, place or number', 'work.empty': 'No work orders', 'work.empty.attention': 'Nothing to attend to', 'work.empty.next': 'Faults, hazards and inspections that did not pass appear here by themselves.',
  'work.standing': 'Progress', 'work.open': 'Not over', 'work.over': 'Over', 'work.overdue': 'Overdue', 'work.mine': 'Mine', 'work.hazard': 'Hazards', 'work.owner': 'Answers for it', 'work.due': 'Due',
  'work.what': 'What', 'work.by': 'Taken by', 'work.by.time': 'due {at}', 'work.came': 'Came', 'work.closed': 'Over since', 'work.sort.due': 'due first', 'work.all': 'Choose all',
  'work.nobody': 'nobody', 'work.default': '(by default)', 'work.untaken': 'Nobody has taken it yet', 'work.late': '{age} overdue', 'work.left': '{age} left', 'work.told': 'told: {whom}', 'work.and': ', ',
  'work.next': '{at}: {whom}', 'work.escalation': 'Told upward', 'work.due.agreed': 'as agreed', 'work.due.default': 'by the escalation table',
  'work.chosen': '{n} chosen', 'work.unchoose': 'Choose none', 'work.assign': 'Assign', 'work.assign.text': '{n} in all. Whoever answers for it is told; what somebody had taken is to do again.',
  'work.same': 'Stays as it is', 'work.bydefault': 'By default again (firm, else the unit)',
  'work.step.accept': 'Take', 'work.step.release': 'Put back', 'work.step.approve': 'Accept work', 'work.step.send_back': 'Send back', 'work.step.note': 'Note',
  'work.many.text': 'For the {n} chosen.', 'work.many.done': '{n} done', 'work.many.not': '{n} not done: {why}', 'work.gone': 'There is no such work order, or it lies outside your scope',
  'work.hand.unit': 'the unit',   'workstate.done': 'To be accepted', 'workstate.closed': 'Over', 'state.done': 'To be accepted', 'flag.sent_back': 'sent back', 'flag.overdue': 'overdue',
  'step.finish': 'Finished…', 'step.approve': 'Accept work…', 'step.send_back': 'Send back…',
  'step.doing.finish': 'Reporting…', 'step.doing.approve': 'Accepting…', 'step.doing.send_back': 'Sending back…',
  'step.done.finish': 'Reported as finished; somebody else accepts it', 'step.done.approve': 'Accepted', 'step.done.send_back': 'Sent back',
  'dialog.finish.title': 'Finished', 'dialog.finish.consequence': 'Say what was done; the picture is added before. Somebody else then accepts it.', 'dialog.finish.submit': 'Report as finished',
  'dialog.approve.title': 'Accept the work', 'dialog.approve.consequence': 'The work order is over and cannot be changed.', 'dialog.approve.submit': 'Accept',
  'dialog.send_back.title': 'Send back', 'dialog.send_back.consequence': 'Say what is not good; whoever did it goes on.', 'dialog.send_back.submit': 'Send back',
  'timeline.what.finished': 'Finished', 'timeline.what.approved': 'Accepted as good', 'timeline.what.sent_back': 'Sent back', 'timeline.what.assigned': 'Assigned', 'timeline.what.overdue': 'Overdue',
  'act.incident.finished': 'Finished work', 'act.incident.approved': 'Accepted work', 'act.incident.sent_back': 'Sent work back', 'act.incident.assigned': 'Assigned work',
  'told.purpose.assigned': 'assigned', 'told.purpose.overdue': 'overdue', 'esc.purpose.assigned': 'assigned', 'esc.purpose.overdue': 'overdue',
  'fieldname.photo': 'Photo', 'fieldname.owner': 'Answers for it', 'fieldname.due_at': 'Due',
}
