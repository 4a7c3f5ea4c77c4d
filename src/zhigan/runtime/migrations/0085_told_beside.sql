-- People are told of drills and duty checks, which are no incidents: such a notification hangs on a chain that is over.
alter table notify.notification drop constraint notification_purpose_check;
alter table notify.notification add constraint notification_purpose_check
  check (purpose in ('alarm', 'status', 'cleared', 'digest', 'assigned', 'overdue', 'drill', 'duty_check'));
