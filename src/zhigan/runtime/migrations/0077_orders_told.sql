-- notify: whoever work is given to is told, and again when its agreed time has passed.
alter table notify.notification drop constraint notification_purpose_check;
alter table notify.notification add constraint notification_purpose_check
  check (purpose in ('alarm', 'status', 'cleared', 'digest', 'assigned', 'overdue'));
