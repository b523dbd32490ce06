-- after: detail.accompagnements detail.actions detail.soins
-- after: detail.enquete_repondants detail.enquete_actions detail.enquete_conventions detail.enquete_ateliers_parents detail.enquete_ase
-- after: detail.action_sociale_dossiers detail.action_sociale_urgences detail.action_sociale_ateliers
-- after: detail.action_sociale_entretiens detail.action_sociale_formations detail.action_sociale_dotations
SELECT source, livraison, fichier, ligne, identifiant, regle, colonne, valeur, table_lue, groupe
FROM lu.alertes
ORDER BY source, livraison, fichier, table_lue, ligne, groupe, regle, colonne
