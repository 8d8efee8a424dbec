-- T4 (I6, I8): begins the next leader epoch. The row lock waits for every fence under the old one, which holds the
-- row for share.
update quorate.leader
   set epoch = greatest(epoch + 1, :number), masterid = :masterid, incarnation = :incarnation, since = clock_timestamp()
returning epoch
