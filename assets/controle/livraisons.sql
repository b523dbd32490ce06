-- after: detail.accompagnements detail.actions detail.soins
SELECT source, livraison, fichier, sha256, lues AS lignes_lues, lues - rejetees - remplacees AS lignes_acceptees,
  rejetees AS lignes_rejetees, remplacees AS lignes_remplacees
FROM lu.fichiers
ORDER BY source, livraison, fichier
