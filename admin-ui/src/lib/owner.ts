// Whose is what is kept on this device: drafts, what waits to be sent, what can be read without a link.
// Everything kept is under its owner's name, so that the next person here neither sees nor sends it.
import type { Session } from './api';

/** The same person in another role is another owner: they see other things. */
export const ownerOf = (session: Session) => `${session.role}/${session.account ?? session.name}`;

export const ofFamily = (name: string) => /^(student|parent)\//.test(name);
/** Whether these are one person, in whatever roles: a parent who works here has one account, though the records know two. */
export const samePerson = (one: string, other: string) => one.slice(one.indexOf('/')) === other.slice(other.indexOf('/'));

let who = '';
export const owner = () => who;
export const setOwner = (name: string) => { who = name; };
