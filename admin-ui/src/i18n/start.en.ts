import type { ru } from './start.ru';

export const en: typeof ru = {
  setup: {
    title: 'Setting up the school', lead: 'From first start to first class. What is done the node sees itself; what only you can see, tick.', every: 'All steps', progress: '{done} of {of} done', done: 'done', undone: 'to do', tick: 'Tick as done', untick: 'Untick', ticked: 'ticked on this device', next: 'Next: {step}', all: 'All done', allText: 'The school is ready.', open: 'Go there',
    steps: {
      school: { title: 'Name the school', text: 'Name and identifier stand on every record.' },
      sheet: { title: 'Print the recovery sheet', text: 'The file recovery-sheet.txt lies on the server among its data. Print it, put it in the safe and erase the file: with it and a backup the school can be restored after any failure.' },
      network: { title: 'Join a network or begin one', text: 'By another school’s invitation. If the network begins with you, invite the first school; it can wait.' },
      staff: { title: 'Load the staff', text: 'From a table or by hand: without them nobody can be named class teacher.' },
      students: { title: 'Load the students', text: 'From a table, checked before it is written: students, their classes and parents.' },
      classes: { title: 'Open the first class', text: 'And name a class teacher, who reviews the students’ entries.' },
      codes: { title: 'Hand out log-in codes', text: 'Print the slips for a class: with a code everybody chooses a login and a password.' },
      backup: { title: 'Make a backup', text: 'With a command on the server: estafeta backup WHERE.' },
    },
  },
  backup: { none: 'no backup yet', old: 'the backup is old', aging: 'the backup is some days old', fresh: 'the backup is fresh' },
  unknownStudent: 'Student by code',
};
