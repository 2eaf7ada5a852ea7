// Screens of those who work here, as one piece over the wire: a request for each would cost a thin line more than it saves.
export { Analysis } from '../office/Analysis';
export { Class } from '../classroom/Class';
export { Classes } from '../classroom/Classes';
export { Card } from '../lessons/Card';
export { Cards } from '../lessons/Cards';
export { Constructor } from '../lessons/Constructor';
export { Own } from '../screens/Own';
export { Review } from '../screens/Review';
export { Search } from '../screens/Search';
export { Student } from '../screens/Student';
export { Students } from '../screens/Students';
export { WorkList } from '../screens/WorkList';
